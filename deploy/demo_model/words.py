"""Words for the texts in training screenshots."""

from __future__ import annotations

import random
import string
from typing import Final


def _listed(words: str) -> tuple[str, ...]:
    return tuple(words.split())


NOUNS: Final = _listed("""
account address adapter advance agent agreement airport alarm album alert amount answer apartment application archive
area article attachment auction audio author backup badge bag balance bank banner basket battery beach bed benefit
bicycle bill billing birthday blanket block board boat bonus book booking border bottle box branch bread bridge
broadcast browser bucket budget building bundle bus business button cabin cable calendar call camera campaign candle car
card carpet carrier cart case cash catalog category ceiling certificate chain chair challenge change channel chapter
charge chart chat check cinema city claim class client clinic clock cloud club coat code coffee collection colour column
comment company computer concert condition connection console contact content contract control conversion cookie copy
corner cost country coupon courier course cover credit crew currency customer cycle dashboard data date day deal debit
deck default delivery demand department deposit desk detail device dialog diary dinner discount discussion disk display
document domain door download draft drawer dress drive driver duty editor effect element email employee engine entry
envelope episode event exchange export extension factory failure family fare favourite feature fee feedback field file
filter finger firewall flight floor folder follower font food forecast form format frame freight friend fund furniture
gallery game garage garden gate gateway gift glass goods grade grant grid group guest guide hall handle harbour hardware
header heating height helmet help history holiday home hospital hotel hour house icon identity image import income index
industry information input insurance interest interface invitation invoice island issue item jacket job journal journey
kernel key keyboard kitchen label ladder lamp landlord language laptop launch layer leader league lease lesson letter
level library licence light limit line link list load loan location lock log login loyalty luggage lunch machine
magazine mail manager map margin market material matter meal measure media meeting member memory menu merchant message
meter method microphone mirror mobile mode model module monitor month motor mountain mouse museum music name network
news newsletter night note notice notification number object offer office operator option orange orchard order
organiser outlet output owner package page paint panel paper parcel parking partner party passenger passport password
patch path patient pattern payment payout pencil penalty period permission person phone photo picture piece pillow
pipe place plan planet plant plate platform player playlist pocket point policy pool port portal position post postcode
poster power premium present price printer prize process product profile program project promotion property proposal
protocol provider proxy purchase purpose quality quantity quarter query question queue quota quote radio railway range
rate rating reader reason receipt recipe record recovery refund region register reminder rent repair reply report
request reservation reset resource response restaurant result return review reward ring river road role roof room
roster rota route router row rule safety salary sale sample scan schedule school scooter score screen script search
season seat second section sector security segment seller sender sensor series server service session setting shape
share sheet shelf shift ship shipment shirt shoe shop shower side signal signature size sketch skill slot socket sofa
software song source space speaker speed sport stage stand standard station statement stock storage store storm story
stream street student studio style subject subscription suitcase summary supplier supply support surface survey switch
symbol sync system table tablet tag tape target task tax team template tenant term terminal test text theatre theme
thread ticket tier time tip title toggle token tool topic total tour tower track trade traffic train transfer transport
traveller treatment tree trial trip truck trust tunnel umbrella unit update upgrade upload user vacation value van
vehicle vendor version video view village violin visa visit visitor voice volume voucher wage wagon wall wallet
warehouse warranty watch water wave weather website week weight wheel widget window winter wire wizard workspace
yard year zone
""")
ADJECTIVES: Final = _listed("""
active additional annual automatic available basic big black blank blocked blue brief bright broken busy calm cheap
classic clean clear closed cold common complete correct current daily damaged dark deep different digital direct double
dry early easy electric empty exact expired express external extra fair false fast final fine first flat foreign formal
free fresh full future general gentle global golden good great green happy heavy hidden high hourly human idle important
inactive incomplete incorrect instant internal international invalid joint large last late legal light limited linked
live local locked long loose lost loud low lucky main major manual maximum medical minimum missing mixed mobile modern
monthly narrow national natural near negative new next nice normal official old online open optional orange outdated
paid partial past pending perfect permanent personal plain popular positive possible premium previous primary private
proper public quick quiet random rapid rare raw ready recent red regular remote rented required reserved rough round
safe saved second secure selected separate shared sharp short silent silver simple single slow small smart smooth soft
solid special spare square stable standard steep stored strict strong sudden super sweet tall temporary thick thin tiny
total true unknown unpaid unread unused upper urgent usual valid verified vintage virtual visible warm weekly white
whole wide wild wooden wrong yellow young
""")
VERBS: Final = _listed("""
accept access activate add adjust allow answer apply approve archive assign attach authorise begin block book borrow
build buy calculate call cancel capture change charge check choose claim clean clear close collect compare complete
compress confirm connect contact continue convert copy correct count create decline decode delete deliver detect
disable discard dismiss display download draw duplicate edit enable encrypt end enter erase exchange expand export
extend fetch fill filter find finish fix follow forward generate get grant handle hide identify ignore import improve
include increase insert inspect install invite join keep launch learn leave list load locate lock log lower make manage
mark match merge mount move mute name notify obtain offer open order organise pack park parse pause pay pick place play
post prepare preview print process protect prove publish pull purchase push query rate reach read receive record recover
redeem reduce refresh refund refuse register reject reload remove rename renew rent repair repeat replace reply report
request reschedule reserve reset resolve restart restore resume retrieve return reverse review rotate run save scan
schedule search secure see select sell send separate set share shorten show sign skip solve sort split start stop store
submit subscribe switch sync take tell test track transfer translate transmit trust try turn unlock unpack update
upgrade upload use validate verify view visit wait withdraw write
""")
PARTICIPLES: Final = _listed("""
accepted activated added approved archived assigned blocked booked cancelled changed charged checked cleared closed
completed confirmed connected corrected created declined deleted delivered denied detected disabled discarded
disconnected duplicated edited enabled expired exported extended filled found granted ignored imported installed
interrupted joined loaded locked lost matched merged moved muted opened ordered packed paid parked paused placed
postponed printed processed published received recorded refunded rejected released removed renewed replaced reported
reserved reset resolved restored returned reviewed saved scanned scheduled selected sent shipped signed skipped sold
stopped stored submitted suspended synced transferred unlocked updated uploaded used validated verified withdrawn
""")
PLACES: Final = _listed("""
Aldbourne Arnhem Bergen Bilbao Bologna Boston Bremen Cardiff Chengdu Cordoba Cracow Dakar Davos Denver Dresden Dublin
Durham Essen Fresno Geneva Ghent Graz Hamburg Hanoi Havana Helsinki Jakarta Kyoto Lagos Leeds Leiden Lima Lisbon Lodz
Lyon Madrid Malmo Manila Milan Mumbai Nairobi Nantes Naples Odessa Oslo Ottawa Oxford Palermo Paris Perth Porto Prague
Quito Reno Riga Rome Salem Seoul Seville Shanghai Sofia Split Tampa Tartu Tokyo Turin Utrecht Varna Vienna Warsaw York
Zagreb Zurich
""")
PEOPLE: Final = _listed("""
Ada Ahmed Aiko Alice Amara Anders Anna Bao Bella Boris Carla Carmen Chen Clara Daniel David Dora Elena Elif Emma Erik
Eva Farid Felix Fiona Frank George Grace Hana Hans Helen Hugo Ines Irina Isaac Ivan Jack Jana Jin Jonas Julia Kai Karin
Kim Lars Laura Lena Leo Li Lucas Luis Maja Marco Maria Mei Mia Milan Mina Nadia Nina Noah Nora Olga Omar Oscar Otto
Paula Pedro Petra Rahul Rosa Ruth Sara Simon Sofia Sven Tara Theo Tom Uma Vera Victor Wei Xu Yara Yusuf Zoe
""")
SURNAMES: Final = _listed("""
Abbott Adler Baker Becker Bell Berg Blake Brandt Brown Carter Castro Chang Costa Cruz Dahl Diaz Drake Evans Fischer
Flores Ford Fuchs Garcia Gray Gupta Haas Hall Hansen Hayes Hill Ito Jensen Jones Kaya Keller Kelly Khan Klein Kumar Lang
Larsen Lee Lopez Lund Marsh Meyer Moore Moreau Mori Nash Nowak Olsen Ortiz Park Patel Petrov Price Quinn Reed Reyes Ross
Rossi Sato Schmidt Shah Silva Singh Smith Stone Suzuki Tan Torres Turner Vega Vogel Wagner Walker Wang Ward Weber West
Wood Yang Young Zhang Zhou
""")
COMMON: Final = _listed("""
a about above across after again against ago all almost alone along already also although always am among an and another
any anybody anyone anything anyway apart are around as aside ask at away back bad be became because become been before
behind being believe below beside best better between beyond big bit both bring but by came can cannot careful certain
come could day days did different do does doing done down due during each early either else end enough even evening ever
every everybody everyone everything everywhere except far fast few five for four from full further gave get give given
go goes going gone good got great guess had half happen happened hardly has have having he help her here high him his
how however hundred hurry I if in indeed inside instead into is it its itself just keep kept kind knew know known last
late lately later least leave left less let life like likely little long look looks lose lot made main make makes many
may maybe me mean means might mind minute minutes more morning most much must my myself near nearly need needs neither
never next night nine no nobody none nor not nothing now nowhere o'clock of off often oh on once one only onto or other
others our ours out outside over own part people perhaps please quite rather really rest right said same saw say says
seem seems seen self set seven several shall she short should since six so some somebody someone something sometimes
somewhere soon sorry still stuff such sure ten than thank thanks that the their theirs them then there these they thing
things think third this those though thought three through throughout till to today together tomorrow tonight too took
toward twice two under until up upon us used useful usually very via want wants was way ways we week weeks well went
were what whatever when whenever where wherever whether which while who whole whom whose why will wish with within
without wonder word words work working works worse worst would year years yes yesterday yet you your yours yourself
afternoon annoy arrive arrives ask asks battery beat behave bigger bottom bought bread broke build calm careless cheaper
chosen clever climb closer cold cough count customer damp dark dear decide deep depend dig digit dim dirt doubt dozen
drink drop dust eager eat eight empty enjoy explain faint fair fall fear feel feet fell fewer fight flat float fly foggy
forget fought friendly frozen funny gather ghost glad grab grew guard guest happy harm hear heat heavy held hello hope
huge hungry ill jump kick kitten knock lamp laugh lazy lift lock loud lucky lunch mad meet mend middle milk mistake moon
mouth neat nest noise nose oil ought pain pair peace pick pink plenty polite pour proud pull pump push quick rain rise
roll rub rush sad salt sand send shake sheep shine shout shut silk sing sink sit sky sleep slide slip smell smile smoke
snow soap soft sold soup speak spell spend spill spoon spread stay steal stick stir straight strange strength string
stuck sugar sunny swim taste teach tear teeth tent thick thin thirty throw tight tired tooth touch tough toward tried
trouble true twelve twenty ugly useless wash waste weak wear wet wheat wild wind wing wise wolf wood wrap wrist zero
""")
"""Words of every day; the names of things are in the other lists."""
WORDS: Final = tuple(dict.fromkeys((*NOUNS, *ADJECTIVES, *VERBS, *PARTICIPLES, *COMMON)))
"""All of the words that are written small."""

_ONSETS: Final = _listed("b br c ch cl d dr f fl g gr h j k kl l m n p pl qu r s sh st t tr v w x y z")
_VOWELS: Final = _listed("a e i o u a e i o ai ea oo ou")
_CODAS: Final = ("", "", "", "n", "r", "l", "s", "x", "nd", "rt", "p", "lk", "st")


def pseudo_word(r: random.Random) -> str:
    """A word that there is not, to be read letter by letter."""
    return "".join(r.choice(_ONSETS) + r.choice(_VOWELS) + r.choice(_CODAS) for _ in range(r.randint(1, 3)))


def loosened(r: random.Random, said: str, share: float = 0.25) -> str:
    """A text with some of its words exchanged for others, for such that there are not, or for nearly the same.

    Whoever has met a thousand words only takes the rest for one of them: what is written must be read, not guessed.
    """
    return " ".join(_other_word(r, word) if r.random() < share else word for word in said.split(" "))


def _other_word(r: random.Random, word: str) -> str:
    bare = word.rstrip(".,:;!?")
    if not bare.isalpha() or len(bare) < 2:
        return word
    shape = r.random()
    if shape < 0.5:
        new = r.choice(COMMON)
    elif shape < 0.7:
        new = pseudo_word(r)
    else:
        at = r.randrange(len(bare))
        left, right, letter = bare[:at], bare[at + 1 :], r.choice(string.ascii_lowercase)
        new = r.choice((left + right, left + letter + bare[at:], left + letter + right))
    new = new.upper() if bare.isupper() else new.capitalize() if bare[0].isupper() else new
    return new + word[len(bare) :]


def noun(r: random.Random) -> str:
    """A noun, now and then one that nobody knows."""
    return r.choice(NOUNS) if r.random() < 0.93 else pseudo_word(r)


def adjective(r: random.Random) -> str:
    """An adjective."""
    return r.choice(ADJECTIVES)


def verb(r: random.Random) -> str:
    """A verb's infinitive."""
    return r.choice(VERBS)


def participle(r: random.Random) -> str:
    """What has been done."""
    return r.choice(PARTICIPLES)


def person(r: random.Random) -> str:
    """A first name and a surname."""
    return f"{r.choice(PEOPLE)} {r.choice(SURNAMES)}"
