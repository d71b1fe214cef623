"""Pages on the way from a product to a parcel, and back."""

from __future__ import annotations

import random

from deploy.demo_model.pages import data
from deploy.demo_model.pages.scene import Device, Product, Scene, Ticket


def _device(r: random.Random, phones: float) -> Device:
    return "phone" if r.random() < phones else "desktop"


def confirmation(r: random.Random) -> Scene:
    """An order has been placed."""
    pay, number = data.money(r), data.order_number(r)
    names = data.products(r, r.choice((1, 1, 2)))
    prices = [data.cents(r) for _ in names]
    shipping = r.choice((0, 395, 490, 650))
    total = pay.write(sum(prices) + shipping)
    facts = {
        "title": r.choice(("Thanks for your purchase", "Order placed", "We got your order", "All set!", "It's yours!")),
        "message": r.choice((
            "A receipt is on its way to your inbox.", f"We will write to you once {r.choice(data.CARRIERS)} has it.",
            "You can change the address until noon.", "Expect your goods within four days.",
        )),
        "order_number": number,
        "total": total,
        "button": r.choice(("Follow my order", "Back to the shop", "See details", "Print receipt")),
    }  # fmt: skip
    items = [(name, pay.write(price)) for name, price in zip(names, prices, strict=True)]
    amounts = [*(price for _name, price in items), pay.write(shipping) if shipping else "", total]
    return Scene(
        "confirmation", _device(r, 0.6),
        {"shop": r.choice(data.SHOPS), "items": items, "shipping": pay.write(shipping) if shipping else "",
         "number_label": r.choice(("Order number", "Order no.", "Your order", "Order ID")),
         "total_label": r.choice(("Total", "Total paid", "Order total", "Grand total"))},
        facts, absent=("error_code",), present=(*names, facts["button"], *(("Delivery",) if shipping else ())),
        ticket=Ticket(("low",), tuple(filter(None, amounts)), names[0]) if len(names) == 1 else None,
    )  # fmt: skip


def payment_failed(r: random.Random) -> Scene:
    """A payment did not go through: a page of its own, or a window over the shop."""
    pay = data.money(r)
    total = pay.write(data.cents(r, 8, 900))
    modal = r.random() < 0.5
    facts = {
        "title": r.choice(("Payment declined", "Your payment failed", "Card not accepted", "We couldn't charge you")),
        "message": r.choice((
            "The bank turned this card down.", "The card has run out.", "Your bank did not reply in time.",
            "There is not enough money on the card.", "The security number is wrong.",
        )),
        "error_code": data.error_code(r),
        "total": total,
        "button": r.choice(("Use another card", "Pay again", "Choose how to pay", "Try once more")),
    }  # fmt: skip
    other = r.choice(("Not now", "Close", "Back to basket"))
    return Scene(
        "payment_failed", _device(r, 0.6),
        {"modal": modal, "other": other, "shop": r.choice(data.SHOPS), "tiles": data.products(r, 4),
         "code_label": r.choice(("Error code", "Code", "Error", "Reason code")),
         "total_label": r.choice(("Amount due", "Total", "To pay", "Order total"))},
        facts, absent=("order_number", "status"), present=(other, facts["button"]), dialog=modal, error=True,
        crop=modal and r.random() < 0.3, ticket=Ticket(("high", "normal"), (total,)),
    )  # fmt: skip


def checkout(r: random.Random) -> Scene:
    """A form to fill in, with one field refused."""
    pay, person = data.money(r), r.choice(data.PEOPLE)
    field, message = r.choice((
        ("Postcode", "This postcode does not exist."), ("Phone", "Please give all of the digits."),
        ("Street", "We need a house number."), ("E-mail", "This address is not complete."),
        ("Card number", "Two digits are missing."), ("Expiry date", "This date has passed."),
    ))  # fmt: skip
    values = {
        "Name": person,
        "Postcode": data.digits(r, 4),
        "Phone": data.digits(r, 6),
        "Street": r.choice(data.STREETS),
        "E-mail": data.mail(person).partition(".")[0],
        "City": r.choice(data.CITIES),
        "Card number": f"{data.digits(r, 4)} {data.digits(r, 4)}",
        "Expiry date": f"0{r.randint(1, 9)} / 23",
    }
    labels = ["Name", field] if r.random() < 0.5 else [field, "City"]
    total = pay.write(data.cents(r, 12, 400))
    facts = {
        "title": r.choice(("Your details", "Almost there", "Where to?", "Billing details", "Step 2: Address")),
        "message": message,
        "total": total,
        "button": r.choice(("Buy now", "Place order", "Next step", "Go to payment")),
    }
    return Scene(
        "checkout", _device(r, 0.6),
        {"fields": [(label, values[label], label == field) for label in labels],
         "total_label": r.choice(("Total", "To pay"))},
        facts, absent=("error_code", "order_number", "status"), present=(*labels, facts["button"]), error=True,
        ticket=Ticket(("normal", "low"), (total,)),
    )  # fmt: skip


def shipping(r: random.Random) -> Scene:
    """Where a parcel is."""
    steps = ["Order received", "Packed", "Handed over", "Out for delivery", "Delivered"][r.randint(0, 2) :][:3]
    reached = r.randrange(len(steps) - 1)  # never "Delivered", which would be a status of its own
    delayed = r.random() < 0.25
    status = (
        "Delayed"
        if delayed
        else r.choice(("On its way", "In transit", "At the depot", "Arriving today", "Held at customs"))
    )
    facts = {
        "title": r.choice(("Where is my parcel?", "Delivery", "Track your order", "Shipment", "Your delivery")),
        "order_number": data.order_number(r),
        "status": status,
        "button": r.choice(("Change the day", "Contact courier", "Leave with a neighbour", "See the map")),
    }  # fmt: skip
    carrier = r.choice(data.CARRIERS)
    return Scene(
        "shipping", _device(r, 0.7),
        {"steps": [(step, place <= reached, f"{data.day(r)}") for place, step in enumerate(steps)], "carrier": carrier,
         "bad": delayed, "number_label": r.choice(("Order", "Order no.", "Order number")), "address": data.address(r),
         "status_label": r.choice(("Status", ""))},
        facts, absent=("error_code", "total"), present=(carrier, *steps, facts["button"]),
        ticket=Ticket(("low", "normal")),
    )  # fmt: skip


def refund(r: random.Random) -> Scene:
    """Money comes back."""
    pay = data.money(r)
    names = data.products(r, 2)
    prices = [data.cents(r) for _ in names]
    total = pay.write(sum(prices))
    facts = {
        "title": r.choice(("Refund", "Your return", "Return summary", "Money back")),
        "status": r.choice(("Refund sent", "Under review", "Approved", "Waiting for goods", "Rejected", "Paid out")),
        "order_number": data.order_number(r),
        "total": total,
    }
    method = data.card(r)
    return Scene(
        "refund", _device(r, 0.5),
        {"rows": [(name, pay.write(price)) for name, price in zip(names, prices, strict=True)], "method": method,
         "total_label": r.choice(("Refund total", "Total", "Total refund")),
         "number_label": r.choice(("Order", "Order number"))},
        facts, absent=("error_code", "button", "message"), present=(*names, method),
    )  # fmt: skip


def invoice(r: random.Random) -> Scene:
    """An invoice as a document."""
    pay = data.money(r)
    names = data.products(r, r.choice((2, 3)))
    prices = [data.cents(r, 5, 200) for _ in names]
    tax = round(sum(prices) * 0.2)
    facts = {
        "title": r.choice(("Invoice", "Tax invoice", "Receipt", "Bill")),
        "order_number": data.order_number(r),
        "total": pay.write(sum(prices) + tax),
        "status": r.choice(("Paid", "Unpaid", "Overdue", "Open")),
    }
    person = r.choice(data.PEOPLE)
    return Scene(
        "invoice", _device(r, 0.3),
        {"shop": r.choice(data.SHOPS), "rows": [(n, pay.write(p)) for n, p in zip(names, prices, strict=True)],
         "tax": pay.write(tax), "person": person, "date": data.day(r), "bad": facts["status"] in ("Unpaid", "Overdue"),
         "total_label": r.choice(("Total", "Amount due", "Total incl. VAT")),
         "number_label": r.choice(("Order", "Order no."))},
        facts, absent=("error_code", "button", "message"), present=(person, *names, "VAT"),
    )  # fmt: skip


def tickets(r: random.Random) -> Scene:
    """Seats for a show or a ride."""
    pay = data.money(r)
    show = r.choice(
        ("The Glass River", "Night Ferry", "Brass & Bone", "Quartet in Blue", "Coach 218 to Lyon", "Moth Season")
    )
    seats = " ".join(f"{r.choice('ABCDEFGH')}{r.randint(1, 24)}" for _ in range(r.choice((1, 2, 2, 3))))
    facts = {
        "title": show,
        "order_number": data.order_number(r),
        "total": pay.write(data.cents(r, 12, 240)),
        "status": r.choice(("Confirmed", "Reserved", "Sold", "Not yet paid", "Cancelled")),
        "button": r.choice(("Show ticket", "Add to calendar", "Download PDF", "Pick seats")),
    }
    place = r.choice(data.CITIES)
    return Scene(
        "tickets", _device(r, 0.6),
        {"day": data.day(r), "clock": data.clock(r), "seats": seats, "place": place, "hue": r.randrange(360),
         "bad": facts["status"] in ("Cancelled", "Not yet paid"), "number_label": r.choice(("Order", "Order no."))},
        facts, absent=("error_code", "message"), present=(place, "Seats", facts["button"]),
    )  # fmt: skip


def cart(r: random.Random) -> Scene:
    """A basket with one product in it."""
    pay, name, price, count = data.money(r), data.product(r), data.cents(r), r.randint(1, 6)
    post = r.choice((350, 499, 700))
    total = pay.write(price * count + post)
    facts = {
        "title": r.choice(("Your basket", "Shopping bag", "Basket", "My cart")),
        "total": total,
        "button": r.choice(("Check out", "Go to checkout", "Order and pay", "Continue")),
    }
    return Scene(
        "cart", _device(r, 0.6),
        {"name": name, "price": pay.write(price), "count": count, "post": pay.write(post), "hue": r.randrange(360),
         "total_label": r.choice(("Total", "Sum", "Order total"))},
        facts, absent=("error_code", "order_number", "status", "message"), present=(name, "Delivery", facts["button"]),
        ticket=Ticket(("low",), (pay.write(price), pay.write(post), total), name),
        product=Product(name, pay.write(price), count),
    )  # fmt: skip


def product_page(r: random.Random) -> Scene:
    """One product, with what it costs."""
    pay, name = data.money(r), data.product(r)
    price, count = pay.write(data.cents(r)), r.choice((None, r.randint(1, 9)))
    facts = {"title": name, "button": r.choice(("Add to basket", "Buy it now", "Put in cart", "Order"))}
    status = r.choice(("", "In stock", "Sold out", "Only 3 left", "Back in May"))
    if status:
        facts["status"] = status
    return Scene(
        "product", _device(r, 0.6),
        {"price": price, "count": count, "hue": r.randrange(360), "shop": r.choice(data.SHOPS),
         "stars": r.randint(2, 5), "bad": status == "Sold out",
         "text": r.choice(("Made by hand in small runs.", "Ships within two days.", ""))},
        facts, absent=("error_code", "order_number"), present=(facts["button"], *(("Quantity",) if count else ())),
        product=Product(name, price, count),
    )  # fmt: skip


SCENES = (confirmation, payment_failed, checkout, shipping, refund, invoice, tickets, cart, product_page)
"""What makes pages of a shop."""
