"""Pages of accounts, apps and devices, most of them with something amiss."""

from __future__ import annotations

import random

from deploy.demo_model.pages import data
from deploy.demo_model.pages.scene import Device, Product, Scene, Ticket


def _device(r: random.Random, phones: float) -> Device:
    return "phone" if r.random() < phones else "desktop"


def login(r: random.Random) -> Scene:
    """Signing in does not work."""
    facts = {
        "title": r.choice(("Sign in", "Welcome back", "Log in to continue", "Your account")),
        "message": r.choice((
            "That password is not right.", "We don't know this address.", "Too many attempts. Wait ten minutes.",
            "This account has been closed.", "Caps lock is on.",
        )),
        "button": r.choice(("Sign in", "Log in", "Enter", "Go on")),
    }  # fmt: skip
    if facts["title"] == facts["button"]:
        facts["button"] = "Log in"
    if r.random() < 0.4:
        facts["error_code"] = data.error_code(r)
    person = r.choice(data.PEOPLE)
    absent = ("total", "order_number", "status", *(() if "error_code" in facts else ("error_code",)))
    link = r.choice(("Forgot password?", "Need help?", "New here?"))
    return Scene(
        "login", _device(r, 0.5),
        {"shop": r.choice(data.SHOPS), "mail": data.mail(person), "link": link, "secret": r.randint(6, 11)},
        facts, absent=absent, present=("Password", link, "E-mail"), error=True,
        ticket=Ticket(("normal", "high", "low")),
    )  # fmt: skip


def two_factor(r: random.Random) -> Scene:
    """A second step of signing in."""
    facts = {
        "title": r.choice(("Confirm it's you", "Two-step login", "Check your phone", "Security check")),
        "message": r.choice((
            f"We sent six digits to the phone ending in {data.digits(r, 2)}.", "Those digits were wrong.",
            "Open the app and copy the digits.", "Your digits ran out after 5 minutes.",
        )),
        "button": r.choice(("Verify", "Confirm", "Check", "Unlock")),
    }  # fmt: skip
    other = r.choice(("Send again", "Call me instead", "Another way"))
    return Scene(
        "two_factor", _device(r, 0.7), {"digits": data.digits(r, r.choice((2, 3, 4))), "other": other}, facts,
        absent=("total", "order_number", "status"), present=(other, facts["button"]),
    )  # fmt: skip


def network(r: random.Random) -> Scene:
    """There is no connection, as a browser or an app says it."""
    facts = {
        "title": r.choice((
            "No connection", "You are offline", "Can't reach this page", "Wi-Fi lost", "Server not found",
        )),
        "message": r.choice((
            "Check the cable or the router.", "The router does not answer.", "Turn flight mode off.",
            "The site took too long.", "Ask whoever runs this network.", "Your password for the network was refused.",
        )),
        "error_code": data.error_code(r),
        "button": r.choice(("Try again", "Reload", "Network settings", "Diagnose")),
    }  # fmt: skip
    return Scene(
        "network", _device(r, 0.5),
        {"shape": r.choice(("wifi", "cloud", "alert")), "left": r.random() < 0.4,
         "label": r.choice(("", "Error code:", "Code:"))},
        facts, absent=("total", "order_number", "status"), present=(facts["button"],), error=True,
        ticket=Ticket(("normal", "high")),
    )  # fmt: skip


def update(r: random.Random) -> Scene:
    """A program or an app cannot be updated: a desktop's window with a bar, or a store's page."""
    app = r.choice(("Pixmill", "Notely", "Tide Player", "Lumen Maps", "Quillpad", "Ferret VPN", "Orbit Mail"))
    facts = {
        "title": r.choice((f"{app} Setup", "Software Update", f"Updating {app}", "Installation failed", "App Store")),
        "message": r.choice((
            "The download is damaged.", f"{app} could not be updated.", "There is no room left on this disk.",
            "The new version needs a restart.", "Another update is running.", "The signature is not valid.",
        )),
        "error_code": data.error_code(r),
        "button": r.choice(("Retry", "Restart now", "Free up space", "OK", "Get help")),
    }  # fmt: skip
    other = r.choice(("Cancel", "Later", "Ignore", "Skip this version"))
    return Scene(
        "update", _device(r, 0.25),
        {"other": other, "label": r.choice(("Error", "Error code", "Code")),
         "percent": r.randint(5, 95), "tile": r.randrange(360)},
        facts, absent=("total", "order_number"), present=(other, facts["button"]), dialog=True, error=True,
        crop=r.random() < 0.4,
        # Where a text names the app, opinions differ on whether that is the ticket's product.
        ticket=Ticket(("normal", "high", "low")) if app not in " ".join(facts.values()) else None,
    )  # fmt: skip


_SETTINGS = (
    "Dark mode", "Face unlock", "Auto-play videos", "Location", "Save to gallery", "Weekly digest", "Price alerts",
    "Sound effects", "Roaming", "Read receipts", "Vibrate", "Share usage data", "Night shift", "Large text",
)  # fmt: skip
_OTHER_SETTINGS = ("Language", "Storage", "Region", "Blocked users", "Linked devices")


def settings(r: random.Random) -> Scene:
    """A page of switches."""
    names = r.sample(_SETTINGS, r.choice((3, 4, 4, 5)))
    more = r.sample(_OTHER_SETTINGS, 1)
    facts = {"title": r.choice(("Settings", "Preferences", "Privacy", "Notifications", "App options"))}
    absent = ["error_code", "total", "order_number", "message"]
    if r.random() < 0.6:
        facts["button"] = r.choice(("Save changes", "Apply", "Done", "Save"))
    else:
        absent.append("button")
    return Scene(
        "settings", _device(r, 0.6), {"rows": [(name, r.random() < 0.5) for name in names], "more": more}, facts,
        absent=absent, present=(*names, *more),
    )  # fmt: skip


def toast(r: random.Random) -> Scene:
    """A short message over a catalogue."""
    pay, names = data.money(r), data.products(r, r.choice((4, 6)))
    bad = r.random() < 0.6
    facts = {
        "message": r.choice(
            (
                "Could not add to basket",
                "Your session has ended",
                "Nothing was saved",
                "Out of stock since today",
                "Slow down, please",
            )
            if bad
            else ("Added to your basket", "Saved for later", "Link copied", "Voucher applied", "Address updated")
        ),
    }
    if bad and r.random() < 0.6:
        facts["error_code"] = data.error_code(r)
    absent = ["total", "order_number", "status", *(() if "error_code" in facts else ("error_code",))]
    return Scene(
        "toast", _device(r, 0.5),
        {"tiles": [(name, pay.write(data.cents(r)), r.randrange(360)) for name in names], "shop": r.choice(data.SHOPS),
         "bad": bad, "top": r.random() < 0.35},
        facts, absent=absent, error=bad,
    )  # fmt: skip


def subscription(r: random.Random) -> Scene:
    """What a subscription costs and how it stands."""
    pay, plan = data.money(r), r.choice(("Plus", "Family", "Team", "Studio", "Basic", "Student"))
    facts = {
        "title": r.choice(("Billing", "Subscription", "Your plan", "Membership")),
        "status": r.choice(("Past due", "Active", "Paused", "Ends soon", "Trial", "Suspended")),
        "total": pay.write(data.cents(r, 3, 90)),
        "button": r.choice(("Update card", "Change plan", "Renew", "Pay the bill")),
    }
    seats = r.randint(1, 30)
    bad = facts["status"] in ("Past due", "Suspended", "Ends soon")
    return Scene(
        "subscription", _device(r, 0.5),
        {"plan": plan, "bad": bad, "date": data.day(r), "seats": seats, "card": data.card(r),
         "total_label": r.choice(("Total per month", "Amount due", "Next bill, total"))},
        facts, absent=("error_code", "order_number", "message"), present=(plan, facts["button"]),
    )  # fmt: skip


def booking(r: random.Random) -> Scene:
    """A chat in which a table or a room was booked."""
    pay, person = data.money(r), r.choice(data.PEOPLE)
    place = r.choice(("Hotel Aurora", "Cafe Lindo", "Pension Alma", "The Old Dairy", "Bistro Nord"))
    facts = {
        "title": r.choice((place, f"Chat with {person.split(' ', maxsplit=1)[0]}")),
        "status": r.choice(("Booked", "Waitlisted", "Request sent", "Declined", "Checked in")),
        "total": pay.write(data.cents(r, 25, 700)),
        "button": r.choice(("View booking", "Accept offer", "Add guests", "Reply")),
    }
    return Scene(
        "booking", _device(r, 0.8),
        {"ask": r.choice(("Is Friday still free?", "Can we come at eight?", "Two of us, please.")), "person": person,
         "say": r.choice(("Sure, here you go:", "Let me check that.", "One moment please.")), "day": data.day(r),
         "clock": data.clock(r), "bad": facts["status"] in ("Declined", "Waitlisted"), "stay": r.randint(1, 6)},
        facts, absent=("error_code", "order_number"), present=("Nights", facts["button"]),
    )  # fmt: skip


def confirm(r: random.Random) -> Scene:
    """A small window with a question or a warning and little else."""
    title, message, button, other = r.choice((
        ("Log out?", "Drafts on this device will be lost.", "Log out", "Stay"),
        ("Battery low", "Plug in the charger soon.", "Power saver", "Dismiss"),
        ("Delete this card?", "You can add it again later.", "Delete", "Keep"),
        ("Session expired", "Please sign in once more.", "Sign in", "Leave"),
        ("Printer jam", "Open the tray and pull the paper out.", "Done", "Help"),
        ("Storage full", "New photos will not be backed up.", "Manage", "Later"),
        ("Camera blocked", "Allow the camera to scan the label.", "Allow", "Deny"),
        ("Item sold out", "Someone else was faster.", "See similar", "Remove"),
        ("Call dropped", "The line was lost after two minutes.", "Call back", "Close"),
        ("Voucher refused", "It is only good for new customers.", "Enter another", "Skip"),
    ))  # fmt: skip
    facts = {"title": title, "message": message, "button": button}
    absent = ["total", "order_number", "status"]
    if r.random() < 0.45:
        facts["error_code"] = data.error_code(r)
    else:
        absent.append("error_code")
    return Scene(
        "confirm", _device(r, 0.5),
        {"other": other, "shape": r.choice(("alert", "info", "none")),
         "stacked": r.random() < 0.4, "hue": r.randrange(360)},
        facts, absent=absent, present=(other, button), error="error_code" in facts, crop=r.random() < 0.4,
        ticket=Ticket(("normal", "low", "high")),
    )  # fmt: skip


def broken(r: random.Random) -> Scene:
    """A server's plain page of an error."""
    facts = {
        "title": r.choice((
            "Something broke", "Page not found", "Down for repairs", "Too busy right now", "Access denied",
        )),
        "message": r.choice((
            "Our people are looking into it.", "Come back in half an hour.", "The link may be old.",
            "Your network is not allowed here.", "Please tell us what you did last.",
        )),
        "error_code": r.choice((data.digits(r, 3), data.error_code(r), data.error_code(r))),
    }  # fmt: skip
    absent = ["total", "order_number", "status"]
    if r.random() < 0.5:
        facts["button"] = r.choice(("Home page", "Report it", "Reload", "Go back"))
    else:
        absent.append("button")
    return Scene(
        "broken", _device(r, 0.4), {"big": r.random() < 0.5, "label": r.choice(("Error", "Error code", "Code"))}, facts,
        absent=absent, present=(), error=True, ticket=Ticket(("high", "normal")),
    )  # fmt: skip


def listing(r: random.Random) -> Scene:
    """A notice of one product that cannot be had as wanted."""
    pay, name, count = data.money(r), data.product(r), r.randint(2, 12)
    price = pay.write(data.cents(r))
    facts = {
        "title": r.choice(("Wish list", "Saved items", "Stock alert", "Offers for you")),
        "message": r.choice(("The price has changed.", "There are fewer than you want.", "This one ships late.")),
        "button": r.choice(("Move to basket", "Update", "Take what is left", "Notify me")),
    }
    return Scene(
        "listing", _device(r, 0.6), {"name": name, "price": price, "count": count, "hue": r.randrange(360)}, facts,
        absent=("error_code", "order_number"), present=(name, "Quantity", facts["button"]),
        ticket=Ticket(("low", "normal"), (price,), name), product=Product(name, price, count),
    )  # fmt: skip


SCENES = (
    login, two_factor, network, update, settings, toast, subscription, booking, confirm, broken, listing,
)  # fmt: skip
"""What makes pages of accounts, apps and devices."""
