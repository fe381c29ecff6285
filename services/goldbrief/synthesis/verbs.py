"""Finite verbs of business English: what tells a sentence from a heading or a fragment."""

from __future__ import annotations

import re

_SPLITTING = (
    r"(?:is|are|was|were|has|have|had|will|would|could|may|might|must|should|can|cannot|does|did"
    r"|rose|fell|grew|shrank|lost|began|came|went|became|held|kept|made|took|gave|stood|ran|sold"
    r"|expires?|lapses?|matures?|renews?|remains?|takes effect|falls due|runs? out|depends?"
    r"|requires?|carr(?:y|ies)|amounts? to|represents?|equals?|starts?(?! of\b)|begins?|opens?"
    r"|increased|decreased|declined|climbed|dropped|improved|widened|narrowed|slipped|doubled"
    r"|reached|totall?ed|reduced|contributed|absorbed|lengthened|accounts?|needs?|wants?|expects?"
    r"|plans|intends?|threatens?|reported|recorded|earned|raised|cut|lifted|generated|completed"
    r"|agreed|announced|approved|closed|returned|used|entered|issued|repaid|forecasts|assumes?|brought"
    r"|booked|posted|swung|edged|advanced|expanded|exceeded|delivered|anticipates?|should|showed|saw"
    r"|topped|retreated|receded|slumped|plunged|tumbled|softened|eased|crept|ticked|jumped|leapt"
    r"|surged|soared|shot up|rallied|rebounded|recovered|strengthened|weakened|swelled"
    r"|slowed|halved|tripled|gained|sank|slid|dipped|inched|landed|settled|turned|yielded|logged"
    r"|notched|registered|amounted)"
)
FINITE_VERB = re.compile(rf"\b{_SPLITTING}\b")
"""Verbs at which a subject ends, for certain."""
SUBJECT = re.compile(
    rf"^(?P<subject>(?:[^,;:]|(?<=\d),(?=\d))+?)\s(?P<predicate>{_SPLITTING}\b.*)$"
)

_PRESENT = (
    r"adds|allows|appears|applies|attributes|bears|becomes|believes|belongs"
    r"|bites|borrows|brings|buys|calls|carries|cedes|comes|comprises|concedes"
    r"|concludes|confirms|considers|contains|continues|contributes|creates|decides"
    r"|declares|defers|delivers|denies|departs|describes|employs|enables|ensures"
    r"|enters|exceeds|excludes|exits|expands|explains|extends|faces|fails|finds"
    r"|foresees|gets|gives|goes|grows|happens|holds|implies|imposes|improves"
    r"|includes|indicates|insists|invests|involves|keeps|lacks|leaves|lets|lies"
    r"|loses|lowers|maintains|makes|manages|meets|obliges|obtains|occurs|opposes"
    r"|owes|owns|pays|predicts|prefers|prepares|promises|proposes|proves|provides"
    r"|pushes|puts|quits|raises|reaches|reaffirms|receives|reckons|recommends"
    r"|reduces|refers|reflects|refuses|regards|reiterates|rejects|relates|relies"
    r"|replaces|resigns|retains|rises|seeks|seems|sees|sells|sends|serves"
    r"|shrinks|shuts|sits|speaks|spends|sticks|suffers|suggests|takes|tends"
    r"|terminates|thinks|tries|understands|warns|withdraws|writes"
)
"""In the third person, and no nouns."""
_PRESENT_OR_NOUN = (
    r"bills|blames|books|boosts|causes|charges|claims|closes|commits|concerns"
    r"|costs|counts|covers|cuts|demands|doubles|drives|ends|estimates|falls"
    r"|funds|guides|helps|hires|hopes|issues|leads|leases|limits|links|lists"
    r"|means|moves|offers|offsets|peaks|plans|pledges|projects|ranges|ranks"
    r"|records|releases|rents|reports|returns|rolls|runs|sets|shows|spans|stands"
    r"|stays|stops|supplies|supports|swaps|targets|tops|totals|trades|transfers"
    r"|turns|uses|values|yields"
)
"""Verbs before what only a verb can have, else nouns."""
_OBJECT = (
    r"(?: (?:only|about|around|nearly|almost|roughly|up|some|at least|another|less|more))?"
    r" (?:an?|the|its|their|that|no|nothing|all|both|each|[$€£¥₹]|[A-Z]{1,3}[$€£]|[A-Z]{3} \d|\d)"
)
_PAST = (
    r"arose|beat|became|bent|bore|bought|broke|built|burnt|caught|chose|clung"
    r"|dealt|drew|drove|fed|felt|forecast|foresaw|forgave|forwent|fought|found"
    r"|froze|gave|got|hid|hung|knew|laid|lay|led|left|lent|lit|meant|met"
    r"|outgrew|outran|overran|overtook|paid|rang|rebuilt|resold|said|sent|shone"
    r"|shook|shrunk|sought|spent|spoke|sprang|stole|struck|stuck|swore|taught"
    r"|thought|threw|told|tore|understood|undertook|underwent|withdrew|withheld"
    r"|woke|won|wore|wound|wrote"
)
"""Irregular past tenses that are not among the verbs above."""
_PAST_OR_NOUN = r"bet|bid|cost|cut|hit|hurt|let|put|quit|set|shed|shut|split|spread"
_ANY_VERB = re.compile(
    rf"{FINITE_VERB.pattern}|\b(?:{_PRESENT}|{_PAST})\b"
    rf"|\b(?:{_PRESENT_OR_NOUN}|{_PAST_OR_NOUN})(?={_OBJECT})"
    r"|\b(?:plans|hopes|wishes|aims) to\b|\b(?:guides|accounted|aims) for\b"
    r"|\bfalls to\b|\bcompares (?:with|to)\b"
)
_PAST_TENSE = re.compile(
    r"(?<!\bof )(?<!\bthe )(?<!\ban )(?<!\ba )\b[a-z]{3,}ed\b"
    r"(?! (?:by|to|with|in|on|at|from|for|of|resulting)\b)"
)
"""Words in -ed that are hardly participles."""
_RELATIVE = re.compile(r",\s(?:which|who|whose)\s[^,]*(?:,|$)")


def has_verb(text: str) -> bool:
    """Whether the main clause has a finite verb or a word that ends like one in the past tense."""
    main = _RELATIVE.sub(" ", text)
    return bool(_ANY_VERB.search(main) or _PAST_TENSE.search(main))
