"""Names and sentences: everybody is invented, and visibly so: people are called after plants."""

import random
from collections.abc import Mapping
from typing import Final

from domain.vocabulary import Narrative, Personal, Theme


def _each(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(","))


FIRST_NAMES: Final = _each(
    "Varen, Linde, Hazel, Meidoorn, Klaproos, Zegge, Alsem, Brem, Distel, Esdoorn, Framboos, Gagel,"
    "Hulst, Iep, Kamille, Lavas, Munt, Netel, Olm, Peterselie, Raapzaad, Salie, Tijm, Vlier, Wikke,"
    "Zuring, Akelei, Dille, Bieslook, Engelwortel, Guldenroede, Heide, Kervel, Lisdodde, Madelief"
)
LAST_NAMES: Final = _each(
    "Kiezelsteen, Ochtendmist, Regenboog, Zandloper, Maanlicht, Windvlaag, Dauwdruppel, Hagelbui,"
    "Sterrenstof, Zeeschuim, Bergbeek, Avondrood, Donderkop, Sneeuwvlok, Motregen, Zonnestraal,"
    "Golfslag, Rivierklei, Poolster, Nevelveld, Lentebries, Springtij, Rijpveld, Schaapwolk"
)
OF_A_GROUP: Final = _each(
    "Buurtwerking, Vrienden van, Werkgroep, Straatcomité, Tuinclub, Kookkring, Repaircafé,"
    "Leeskring, Fietsgroep, Speelplein"
)
PLACES: Final = _each(
    "de Lindewijk, het Molenveld, de Stationsbuurt, de Oude Kern, het Kanaal, de Zavelput,"
    "de Kloosterhof, de Nieuwe Kouter, het Dorpsplein, de Kasteeldreef, de Vaartkant, het Heike"
)
THEMES: Final = tuple(
    map(
        Theme,
        _each(
            "ontmoeten, groen, eten, wonen, zorg, spelen, leren, delen, herstellen, bewegen,"
            "mobiliteit, eenzaamheid, nieuwkomers, jongeren, ouderen, kunst, digitaal, energie"
        ),
    )
)
WHAT: Final = _each(
    "een buurttuin, een lange tafel, een babbelbank, een geefkast, een repaircafé, een straatfeest,"
    "een leeshoek, een wandelgroep, een soepcafé, een spelotheek, een taalcafé, een fietsatelier,"
    "een vertelavond, een plantenruil, een kinderatelier, een boodschappenhulp"
)
WHO: Final = _each(
    "buren, jonge gezinnen, ouderen uit de wijk, nieuwkomers, de ouders van de school, handelaars,"
    "vrijwilligers, jongeren van het plein, mantelzorgers, bewoners van de sociale woningen"
)

SENTENCES: Final[Mapping[str, tuple[str, ...]]] = {
    "question": (
        "Hoe beginnen we in {place} met {what}?",
        "Wie kan ons helpen om {who} te betrekken bij {what}?",
        "We zoeken voorbeelden van {what} in een buurt als {place}.",
        "{what_} draait al een tijd, maar {who} vinden de weg niet. Wat kunnen we doen?",
        "Is er iemand die met ons wil meedenken over {what}? We zijn met een kleine groep {who}.",
        "Hoe houden we {what} levendig als de trekkers moe worden?",
    ),
    "reason": (
        "Het vertrekt van wat {who} zelf graag doen.",
        "De vraag leeft al langer bij {who} in {place}.",
        "Eerst kijken wat er al is rond {what}, dan pas verder.",
        "Er is goesting, en er zijn mensen die het willen trekken.",
        "Het kwam ter sprake op het overleg over {what}, en niemand zag een bezwaar.",
    ),
    "activity": (
        "Gebeld om de vraag beter te begrijpen.",
        "Langsgegaan bij {who}.",
        "Bevestiging van ontvangst gestuurd.",
        "Nagekeken wat er rond {what} al bestaat in {place}.",
        "Overlegd met een collega.",
        "Bericht gestuurd met een voorstel voor een gesprek.",
        "Gesprek gehad in {place}; {who} waren erbij.",
        "Samen opgelijst wie er nog kan aansluiten.",
        "Doorverwezen naar wie ervaring heeft met {what}.",
        "Herinnering gestuurd.",
        "Verslag van het gesprek gemaakt en gedeeld.",
    ),
    "answer": (
        "Begin klein: nodig {who} uit en vraag wat zij zelf willen inbrengen.",
        "Ga eens kijken bij {what} in {place}; daar zijn ze op dezelfde manier begonnen.",
        "Er is een groep {who} die hetzelfde wil; we brengen jullie samen.",
        "Zoek één plek en één vast moment. De rest volgt uit wie er komt.",
    ),
    "insight": (
        "{who_} komen niet voor {what}, wel voor elkaar.",
        "Wie iets mag geven, komt terug.",
        "De sleutel van de zaal ligt bij één iemand; dat maakt het kwetsbaar.",
        "In {place} kennen mensen elkaar van de schoolpoort, niet van de straat.",
        "Een vast uur werkt beter dan een affiche.",
    ),
    "tool": (
        "Een kaart van wie wat kan en graag doet.",
        "Drie vragen om een eerste gesprek mee te openen.",
        "Een draaiboek voor {what} op één blad.",
        "Een oefening om te zien wie er nog niet aan tafel zit.",
    ),
    "approach": (
        "Laat {who} het uur en de plek kiezen.",
        "Begin met {what}, en zie dan wie er verder wil.",
        "Vraag aan {who} wat ze kunnen, niet wat ze missen.",
        "Verdeel het trekken: elke maand een ander duo.",
    ),
    "strength": (
        "{who_} die elkaar goed kennen.",
        "Een zaal in {place} die bijna altijd vrij is.",
        "Iemand die {what} al jaren doet en het graag doorgeeft.",
        "Een wijkkrant die iedereen leest.",
        "Veel handen op een zaterdag.",
    ),
    "appetite": (
        "We willen dat {who} elkaar opnieuw leren kennen.",
        "Omdat we het zelf missen: {what} waar iedereen binnen kan.",
        "Het is plezant om samen iets te maken.",
        "Toen {what} wegviel, merkten we hoe hard we het nodig hadden.",
    ),
    "result": (
        "We weten nu wie er wil meedoen aan {what}.",
        "Een eerste versie van {what}, een namiddag lang uitgeprobeerd in {place}.",
        "Drie ideeën bleven over; {who} kozen er een.",
        "Het werkt als {who} het zelf openen en sluiten.",
    ),
    "contribution": (
        "Bracht {who} mee.",
        "Bakte brood en nodigde de straat uit.",
        "Tekende een plan van {place}.",
        "Dacht na over hoe {what} open blijft in de winter.",
        "Zocht uit wat mag en wat niet.",
    ),
    "lesson": (
        "{what_} werkt als er iemand is die onthaalt.",
        "Neem de tijd om {who} te leren kennen voor je iets voorstelt.",
        "Een klein bedrag in eigen beheer geeft meer goesting dan een groot met voorwaarden.",
        "Wie {what} mee bouwt, zorgt er ook voor.",
    ),
    "outcome": (
        "{who_} die elkaar vroeger niet groetten, koken nu elke week samen.",
        "De gemeente vraagt nu aan {who} wat er kan, in plaats van te zeggen wat er moet.",
        "Een groep {who} opende op eigen kracht {what}.",
        "De school stelt haar speelplaats open voor {who}.",
    ),
    "need": (
        "{who_} vinden geen plek om elkaar te zien.",
        "In {place} is er niemand die initiatieven met elkaar verbindt.",
        "Nieuwe bewoners kennen {what} niet.",
    ),
    "role": (
        "Mensen die ik ken, meenemen naar {what} en naast hen blijven staan.",
        "{who_} met elkaar in contact brengen, en dan een stap opzij.",
        "Ruimte geven vanuit mijn opdracht: {place} is er voor iedereen.",
    ),
    "note": (
        "Nog eens bellen voor het verlof.",
        "Vraagt om niet per post te schrijven.",
        "Zie ook de vraag over {what} van vorige maand.",
        "{who_} uit {place} hebben hier ook naar gevraagd.",
    ),
    "why_not": (
        "De zaal is niet vrij.",
        "Te weinig inschrijvingen.",
        "De trekker is ziek.",
        "Het valt samen met {what}.",
    ),
}
"""What people say, by what they say it about; `{who}` and the others are drawn anew each time."""


class Words:
    """Draws names and sentences from the seed's source."""

    def __init__(self, source: random.Random) -> None:
        self._random = source

    def name(self) -> Personal:
        return Personal(f"{self._one(FIRST_NAMES)} {self._one(LAST_NAMES)}")

    def group(self) -> Personal:
        return Personal(f"{self._one(OF_A_GROUP)} {self._one(PLACES)}")

    def email(self, name: str) -> Personal:
        number = self._random.randrange(1, 1000)
        return Personal(f"{name.lower().replace(' ', '.')}.{number}@voorbeeld.example")

    def title(self) -> Narrative:
        return Narrative(f"{self._one(WHAT)} in {self._one(PLACES)}".capitalize())

    def place(self) -> Narrative:
        return Narrative(self._one(PLACES))

    def themes(self) -> tuple[Theme, ...]:
        return tuple(self._random.sample(THEMES, self._random.choice((1, 1, 2, 2, 3))))

    def say(self, about: str) -> Narrative:
        """A sentence or a few; now and then a long story."""
        many = self._random.choices((1, 2, 3, 8), (62, 25, 10, 3))[0]
        return Narrative(" ".join(self._sentence(about) for _ in range(many)))

    def few(self, about: str, low: int, high: int) -> tuple[Narrative, ...]:
        return tuple(self.say(about) for _ in range(self._random.randint(low, high)))

    def _sentence(self, about: str) -> str:
        what, who = self._one(WHAT), self._one(WHO)
        return self._one(SENTENCES[about]).format(
            what=what,
            who=who,
            place=self._one(PLACES),
            what_=what.capitalize(),
            who_=who.capitalize(),
        )

    def _one(self, choices: tuple[str, ...]) -> str:
        return self._random.choice(choices)
