"""Towns that set out with the network, professionals, blueprints and ambitions."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from domain.ambitions import Counted, SetAmbition
from domain.blueprints import AddStatement, DraftBlueprint, PublishBlueprint
from domain.engagements import (
    AgreeApproach,
    ChooseMunicipalRole,
    EngageMunicipality,
    IdentifyLocalNeed,
    IdentifyLocalPerson,
    MunicipalRole,
)
from domain.municipalities import AdoptPolicyPlan, AgreePartnership
from domain.professionals import ReflectOnRole
from domain.vocabulary import (
    AmbitionId,
    BlueprintId,
    Narrative,
    ReflectionId,
    Thing,
)
from tests.load.growth import growing, start
from tests.load.life import Story
from tests.load.people import Cast, Initiative, Town
from tests.load.pilots import pilot
from tests.load.questions import note

FIRST_PILOT: Final = date(2016, 3, 1)
LAST_PILOT: Final = date(2023, 2, 15)
"""When the first pilot of the first and of the last town is prepared."""
BEND: Final = 0.42
"""Few towns have one before 2020, most come after."""


def sets_out(cast: Cast) -> None:
    """Each town sets out a year or so before its first pilot; the first thirty months bring few."""
    chance = cast.life.random
    for n, town in enumerate(cast.towns):
        part = (n / (len(cast.towns) - 1)) ** BEND
        first = FIRST_PILOT + (LAST_PILOT - FIRST_PILOT) * part
        first_pilot = datetime.combine(first, datetime.min.time(), UTC)
        town.since = first_pilot - timedelta(days=chance.randint(180, 420))
        cast.life.begin(engagement(cast, town), town.since, town.writer)
        cast.life.begin(policy(cast, town, first), town.since, town.writer)
        cast.life.begin(first_of_a_town(cast, town), first_pilot, town.writer)


def engagement(cast: Cast, town: Town) -> Story:
    """A town and the network: needs, roles, people and approaches, over the years."""
    life, words, chance = cast.life, cast.words, cast.life.random
    if life.often("approach before engagement", 0.1):
        life.do(AgreeApproach(municipality=town.nis, approach=words.say("approach")))
    agreed = tuple(sorted({cast.government(town), cast.member()}))
    life.do(EngageMunicipality(municipality=town.nis, purpose=words.say("need"), agreed_by=agreed))
    roles = [MunicipalRole.FACILITATOR, MunicipalRole.LINKER, MunicipalRole.FINDER]
    for _ in range(chance.randint(5, 14)):
        yield life.after(life.days(70))
        match life.turn(
            "engagement", {"need": 4, "role": 3, "person": 4, "approach": 3, "note": 1}
        ):
            case "need":
                life.do(
                    IdentifyLocalNeed(
                        municipality=town.nis,
                        need=words.say("need"),
                        situation=words.say("insight"),
                        themes=words.themes(),
                        identified_by=cast.government(town) if chance.random() < 0.5 else None,
                    )
                )
            case "role":
                role, reason = chance.choice(roles), words.say("reason")
                life.do(ChooseMunicipalRole(municipality=town.nis, role=role, reason=reason))
            case "person":
                life.do(
                    IdentifyLocalPerson(
                        municipality=town.nis,
                        person=cast.citizen(town, 0.7),
                        activity=words.say("contribution"),
                        agreed_on=life.at.date() - timedelta(days=chance.randint(0, 9)),
                    )
                )
            case "approach":
                life.do(
                    AgreeApproach(
                        municipality=town.nis,
                        approach=words.say("approach"),
                        to_get_started=words.few("need", 0, 2),
                        agreed_by=agreed,
                    )
                )
            case _:
                note(cast, Thing(f"nis:{town.nis}"))


def policy(cast: Cast, town: Town, first_pilot: date) -> Story:
    """The plans of two terms, and the partnership once there can be one."""
    life, words = cast.life, cast.words
    if first_pilot.year < 2020:
        _adopt(cast, town, date(2014, 1, 1), date(2014, 6, 30))
        town.planned_from = life.at.date()
    if life.often("partner before 2020", 0.2):
        life.do(AgreePartnership(municipality=town.nis, purpose=words.say("need")))
    adopted = date(2019, 12, 2) + timedelta(days=life.random.randint(0, 25))
    spoken = datetime.combine(adopted, datetime.min.time(), UTC)
    yield max(life.after(3), spoken + timedelta(days=2))
    _adopt(cast, town, date(2020, 1, 1), adopted)
    town.planned_from = town.planned_from or life.at.date()
    yield max(life.after(life.days(40)), datetime(2020, 1, 6, 9, tzinfo=UTC))
    agreed = (cast.government(town),)
    purpose = words.say("need")
    life.do(AgreePartnership(municipality=town.nis, purpose=purpose, agreed_by=agreed))
    life.do(
        ChooseMunicipalRole(
            municipality=town.nis, role=MunicipalRole.PARTNER, reason=words.say("reason")
        )
    )


def _adopt(cast: Cast, town: Town, starts: date, adopted: date) -> None:
    cast.life.do(
        AdoptPolicyPlan(
            municipality=town.nis,
            title=Narrative(f"Lokaal sociaal beleidsplan {starts.year}-{starts.year + 5}"),
            adopted_on=adopted,
            starts_on=starts,
            ends_on=date(starts.year + 5, 12, 31),
        )
    )


def first_of_a_town(cast: Cast, town: Town) -> Story:
    """The town's first pilot: an initiative whose people want it."""
    life = cast.life
    made = start(cast, town)
    if made is None:
        return
    made.busy = True
    life.begin(growing(cast, made), life.after(30))
    yield life.after(life.days(25, 0.3))
    yield from pilot(cast, made, wanted=True)


def another_pilot(cast: Cast, town: Town) -> Story:
    """A pilot of an initiative that is there already, of this town or else of another."""
    life = cast.life
    while not (free := _free(cast, town)):
        yield life.after(60)
    yield from pilot(cast, life.random.choice(free))


def _free(cast: Cast, town: Town) -> list[Initiative]:
    """Those that could have a pilot; where there is no plan yet it is asked for all the same."""
    found = [
        [one for one in place.initiatives if one.active and not one.busy and one.initiators]
        for place in (town, *cast.towns)
        if place.planned_from or cast.life.random.random() < 0.02
    ]
    return next((free for free in found if free), [])


def reflection(cast: Cast, town: Town) -> Story:
    life, words = cast.life, cast.words
    by = cast.citizen(town) if life.often("no professional", 0.02) else cast.professional(town)
    life.do(
        ReflectOnRole(
            reflection=life.new(ReflectionId),
            professional=by,
            municipality=town.nis if life.random.random() < 0.8 else None,
            mandate=words.say("role"),
            role=words.say("role"),
            view=words.say("insight"),
            approach=words.say("approach"),
            needs=words.few("need", 0, 3),
        )
    )
    yield from ()


def blueprint(cast: Cast) -> Story:
    """A blueprint that grows with the lessons, a version now and then."""
    life, words, chance = cast.life, cast.words, cast.life.random
    made = life.new(BlueprintId)
    life.do(DraftBlueprint(blueprint=made, title=words.title(), about=words.say("need")))
    if life.often("published too early", 0.3):
        life.do(PublishBlueprint(blueprint=made))
    for _ in range(chance.randint(4, 12)):
        yield life.after(life.days(60))
        cited = tuple(life.some(cast.lessons, 0 if life.often("no lesson", 0.04) else 1, 4))
        life.do(AddStatement(blueprint=made, statement=words.say("lesson"), lessons=cited))
        if life.often("published", 0.3):
            life.do(PublishBlueprint(blueprint=made))


def ambitions(cast: Cast) -> Story:
    """Thirty municipalities with a pilot by 2023, and so many pilots a year later."""
    aims = (
        (datetime(2018, 2, 5, 10, tzinfo=UTC), Counted.MUNICIPALITIES_WITH_PILOT, 30, 2023),
        (datetime(2020, 2, 3, 10, tzinfo=UTC), Counted.PILOTS, 30, 2022),
        (datetime(2024, 1, 15, 10, tzinfo=UTC), Counted.PILOTS, 60, 2023),
        (datetime(2024, 1, 16, 10, tzinfo=UTC), Counted.PILOTS, 60, 2026),
    )
    for moment, counted, target, year in aims:
        yield moment
        cast.life.do(
            SetAmbition(
                ambition=cast.life.new(AmbitionId),
                statement=cast.words.say("need"),
                counted=counted,
                target=target,
                by=date(year, 12, 31),
            )
        )
