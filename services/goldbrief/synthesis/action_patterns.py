"""Forms of sentences that action items are built from: the expressions of `actions`."""

from __future__ import annotations

import re

from goldbrief.synthesis.verbs import FINITE_VERB

MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
DATE = re.compile(
    rf"\b(?:{MONTH}|20\d\d|the (?:end|middle) of|year[- ]end|(?:first|second|third|fourth)"
    r" quarter|spring|summer|autumn)\b"
)
DO = (
    r"(?:acquire|add|appoint|apply|approve|ask|automate|begin|bring|build|buy|change|close|combine|complete"
    r"|conclude|convert|cut|cancel|consolidate|decide|defer|deliver|divest|double|end|expand|extend"
    r"|finish|fix|hedge|hire|hold|increase|install|introduce|invest|issue|keep|launch|limit|lower"
    r"|make"
    r"|merge"
    r"|migrate|modernise|modernize|move|negotiate|offer|open|outsource|pass|pay|phase|postpone"
    r"|publish"
    r"|put|qualify|raise|recruit|redeem|reduce|refinance|relocate|renegotiate|renew|repay|replace"
    r"|resume|retire|return|roll|sell|set|shift|shut|sign|simplify|spend|split|start|stop|switch"
    r"|test|train|transfer|upgrade|use|withdraw|write|bid|charge|commission|enter|equip|fill|find"
    r"|fit|found"
    r"|fund|lease|list|negotiate|order|price|produce|rebuild|rent|restart|restore|run|stock|trim)"
)
_SAYS = (
    r"(?:says?|said|reports?|reported|warn(?:s|ed)|observe[sd]|estimate[sd]|expect(?:s|ed)"
    r"|confirm(?:s|ed)|add(?:s|ed)|points? out|pointed out|makes? it clear|made it clear"
    r"|finds?|found|believe[sd]|calculate[sd]|reckon(?:s|ed)|explain(?:s|ed)|note[sd]|stress(?:es|ed)"
    r"|state[sd]|argue[sd]|maintain(?:s|ed)|insist(?:s|ed)|admit(?:s|ted)|concede[sd]|acknowledge[sd]"
    r"|announce[sd]|predict(?:s|ed)|thinks?|thought|let it be known|is no secret|is known)"
)
REPORTED = re.compile(
    r"^(?:meanwhile,? |at the same time,? |as (?:the|was) [^,]{3,60}, |according to [^,]{3,50}, "
    rf"|[^,\d]{{3,60}}? {_SAYS} that )",
    re.IGNORECASE,
)
"""Who says what follows, and what joins it to what is before."""
AMOUNT_OF = re.compile(
    r"^(?:the )?(?:[A-Z]{3} |[A-Z]{0,2}[$€£])[\d.,]*\d(?: ?(?:thousand|million|billion|mn?|bn?|k))?"
    r" of "
)
"""What stands before the noun in `$5 million of borrowings`."""
PLAN = re.compile(
    r"\b(?:(?:has|have) (?:begun|started|opened) (?:talks|work)|plans?|intends?|aims?|wants?"
    r"|hopes?|proposes?|promised|agreed|decided|has yet|expects?"
    r"|(?:is|are) (?:preparing|planning|ready|due|told)|have been told|has (?:agreed|promised"
    r"|decided)"
    rf"|(?:must|will|should|needs to|has to|have to|is to|are to))\s(?:to\s)?(?P<act>{DO}\s.+)$"
)
DECIDE = re.compile(
    r"\b(?:will|must|should|has to|plans to|is to)\sdecide\s(?P<rest>.*\bwhether\s.+)$"
    r"|\b(?:is considering|are considering|is weighing|will discuss"
    r"|is studying)\s(?P<weigh>whether to\s.+)$"
)
ENDS = re.compile(
    r"^(?P<verb>(?:expires?|lapses?|matures?|renews?|runs? out|falls? due|ends?"
    r"|comes? up for renewal"
    r"|(?:is|are) due|(?:come|comes) due"
    r"|(?:must|has to|have to|needs? to) be (?:repaid|refinanced|renewed|replaced))"
    r"\s(?:again\s)?(?:on|in|by|at|during)\s[^,]+)"
)
DEBT = re.compile(
    r"\b(?:loan|bond|notes?|debt|facility|credit|borrowings?|line|mortgage|swap)\b", re.I
)
CONTRACT = re.compile(
    r"\b(?:contracts?|agreements?|cover|licen[cs]es?|leases?|deal|terms|concession|policy"
    r"|insurance|supply|permits?|rights?)\b",
    re.IGNORECASE,
)
GUIDANCE = re.compile(
    r"\b(?:forecasts?|guidance|outlook|guides|expects?|estimate|expected|target|now sees"
    r"|should rise)\b"
)
RANGE = re.compile(
    r"(?:between\s)?(?P<low>[$€£]?\d[\d.,]*(?:\s(?:million|billion)|%)?)\s(?:to|and)\s"
    r"(?P<high>[$€£]?\d[\d.,]*\d(?:\s(?:million|billion)|%)?|\d%)(?P<per>\s(?:per|a|an) (?:share"
    r"|pound|tonne|ton))?"
)
METRIC = re.compile(
    r"\b(?:growth (?:in|of) )?(?:adjusted |net |operating |organic |underlying |free |gross "
    r"|same-\w+ |comparable |pre-tax |capital )*"
    r"(?:EBITDA|revenue|sales growth|sales|operating income|operating profit|income|profit|earnings"
    r"|cash flow|margin|production|deliveries|expenditure|spending|capex|shipments|volumes?|cost)\b"
)
WHEN = re.compile(
    r"(?P<when>(?:In|During) (?:the (?:first|second|third|fourth) (?:quarter|half) of )?20\d\d)"
    r",\s(?P<rest>\w.*)"
)
"""A period that leads a sentence, and may as well end it."""
PERIOD = re.compile(
    r"\b(?:full[- ]year|(?:first|second|third|fourth)[- ]quarter|half-year|(?:fiscal )?20\d\d)\b"
)
ASSUMES = re.compile(
    r"\b(?:forecast|guidance|outlook|range|plan|budget)\b.{0,40}\b(?:assumes?|presumes|rests on"
    r"|depends on|relies on)"
    r"(?: that)?\s(?P<what>.+)$"
)
EXPECTS = re.compile(
    r"\b(?:expects?|forecasts?|foresees?)\s(?P<what>(?:an?|the|its|gross|net"
    r"|capital)\s(?!same\b).+)$"
)
CONDITION = re.compile(r",?\s(?P<word>if|unless|provided that|only if)\s(?P<condition>[^,;]+)")
EFFECT = re.compile(r"^(?:would|could|may|might)\s(?!be\b|have\b|not\b|also be\b)")
COMING = re.compile(
    r"^(?:will|takes? effect|(?:is|are) (?:expected"
    r"|due(?! to (?:an?|the|its|less|more|\w+er|\w+ed)\b)|planned|scheduled|budgeted|forecast"
    r"|at risk|put at"
    r"|estimated|to)|starts?|begins?|opens?|depends?|remains?(?!,)|carr(?:y|ies)|requires?)\b"
)
EXPOSED = re.compile(
    r"\b(?:overdue|receivables|at risk|covenant|exposed|exposure|shortage|claim|lawsuit"
    r"|penalt(?:y|ies)"
    r"|default|supplier|overhead|vacanc\w+|vacant|days late|past due|in arrears"
    r"|behind (?:plan|schedule)|churn|cancellations?|turnover|impairment|backlog"
    r"|uninsured)\b",
    re.IGNORECASE,
)
PEOPLE = re.compile(
    r"\b(?:director|officer|minister|half|analyst|owner|founder|head|author|he|she|it|this|that"
    r"|employees|customers|shareholders|workers|buyers|investors|drivers|guests|lenders|banks"
    r"|analysts|managers?|executives?|chief|director|president|chair\w*|staff|landlords|suppliers"
    r"|shippers|management|board|team|company|group|regulators?|union|unions|ministry"
    r"|government)\b",
    re.IGNORECASE,
)
COST = re.compile(
    r"\b(?:costs?|expenses?|debt|leverage|charges?|losses|loss|wages|inventory|stocks?|prices? of"
    r"|overdue|cancellations?|turnover|interest expense|damages|penalties|vacanc\w+|complaints"
    r"|grievances|objections|delays?)\b",
    re.IGNORECASE,
)
ROSE = re.compile(
    r"^(?:rose|increased|climbed|grew|widened|jumped|doubled|leapt|improved|advanced|expanded|soared"
    r"|surged|gained|swelled|accelerated|rebounded|recovered|strengthened|tripled"
    r"|(?:went|moved|edged|ticked|crept|inched|shot|was|were) up)\b"
)
FELL = re.compile(
    r"^(?:fell|decreased|declined|dropped|shrank|narrowed|slipped|contracted|lost|sank|weakened|slid"
    r"|tumbled|eased|plunged|retreated|receded|slumped|softened|dipped|halved"
    r"|(?:went|moved|edged|ticked|crept|inched|was|were) down)\b"
)
COMPARED = re.compile(r",?\s(?:as |when )?(?:compared (?:to|with)|versus)\s.*$")
STOOD = re.compile(
    r"^(?:was|were|amounted to|totall?ed|came to|came in at|stood at|reached)\s.*"
    r"\b(?:compared (?:to|with)|versus|against|up from|down from|after)\s\S*\d"
)
"""A result beside what it was before."""
CAUSE = re.compile(
    r",?\s(?:(?:primarily|mainly|largely|principally|predominantly|partly|partially|mostly|in part)"
    r",?\s)?(?:due (?:primarily |mainly )?to|driven by|because|as a result of|attributable to"
    r"|reflecting|resulting from|as|on the back of|helped by|supported by|thanks to|hurt by|amid"
    r"|in the face of|on account of|owing to|with help from|after (?!\S*\d)"
    r"|on (?:strong|weak|higher|lower))\b.*$"
)
"""A reason that the article gives already."""
HARDLY = re.compile(r"^\w+ (?:\w+ )?(?:by )?[01](?:\.\d+)? ?(?:%|per ?cent)")
"""A move that is not worth a question."""
MOVE = re.compile(
    r"\b(?:rose|increased|climbed|grew|jumped|leapt|advanced|surged|improved|moved up|shot up|fell"
    r"|decreased|declined|dropped|shrank|slipped|sank|slid|tumbled|plunged|retreated|slumped"
    r"|narrowed|widened)\b"
)
LASTING = re.compile(
    r"\b(?:due (?:primarily |mainly )?to|driven by|because of|as a result of|attributable to"
    r"|on account of|owing to|after|(?P<up>on the back of|helped by|supported by|thanks to"
    r"|with help from)|(?P<down>hurt by|amid|in the face of))(?: the)? "
    r"(?P<what>(?!an? |he |she |it |that |this |these |those )"
    r"[^,;\d]{8,90}?)(?=[,;]|$)"
)
"""A cause in a few words, without figures."""
PASSING = re.compile(
    r"\b(?:sales? of|gains?|impairments?|acquisitions?|mergers?|adoption|Act|absence|settlements?"
    r"|adjustments?|dispositions?|disposals?|closures?|repayments?|accounting|which|that|who|prior"
    r"|previous|year|quarter|half|offset|had|its|their|such|these|those|above|primarily)\b"
)
"""What makes a cause one that is over, or that points elsewhere."""
_ADJECTIVE = (
    r"(?:[Tt]otal|[Aa]djusted|[Nn]et|[Oo]perating|[Uu]nderlying|[Ff]ree|[Gg]ross|[Pp]re-tax"
    r"|[Cc]apital|[Pp]roduct|[Ss]ervice|EBITDA|[Ii]nterest|[Nn]on-?interest|[Pp]remium)"
)
RESULT = re.compile(
    rf"\b(?:(?:{_ADJECTIVE} )+(?:[Ii]ncome|[Pp]rofit|[Mm]argin|[Cc]ash flow|[Dd]ebt|[Ss]pending"
    rf"|[Ee]xpenses?)|(?:{_ADJECTIVE} )*(?:[Rr]evenues?|[Ss]ales|EBITDA))\b"
    r"(?! (?:of|for|per|should|from|before) (?![$€£\d]|[A-Z]{1,3}[ $€£]))"
    r"(?: (?:at|in) (?:the )?[A-Z][\w&-]+(?: [A-Z][\w&-]+)*(?: division)?)?"
)
"""The name of a result, with its division."""
MOVED = re.compile(r"[$€£%]|\b(?:to|by|from) \d|\d times|basis points|million|percent")
NO_THING = re.compile(
    r"\b(?:its|their|it|they|he|she|we)\b|\b(?:the|an?)$|^[A-Z ]{0,4}[$€£]?\d[\d.,]*(?: \w+)?$",
    re.IGNORECASE,
)
"""A subject that does not say what it is, or was cut off."""
INCOME = re.compile(
    r"\b(?:proceeds|earnings|savings?|sales|revenues?|profit|income|cash flow)\b", re.I
)
VAGUE = re.compile(
    r"(?:an?|the|any)?\s?(?:decision|answer|vote|ruling|commissioning|completion|results?|talks"
    r"|work|savings|sales|orders|spending"
    r"|first|second|new)(?:\s(?:ones?|forecast))?",
    re.IGNORECASE,
)
TAIL = re.compile(
    r"(?:,\s(?:which|while|although|measures|a|an|the|where|whose|but|and (?:has|have|expects?|is"
    r"|are|was|wants"
    r"|will|sees|the|its|management|it)|because|since|as|so|compared|instead|after|up from"
    r"|down from"
    r"|when|half|most|two|provided|in part)\b.*|;.*|\s(?:instead|as well|because|which"
    r"|after it|and (?:has|have|is|was|will|expects?|wants))\b.*)$"
)
LOOSE = re.compile(
    r"[\"“”]|\b(?:he|she|his|her|him|we|our|they will|of them|nine this|would not)\b"
    r"|\b(?:of|for|with|in|at|on|to|from|by|and|the|a|an|than|as|primarily|mainly|partly"
    r"|partially|due|was|were|that|extent|respectively)\.$|\brespectively\b"
    r"|\bof the (?:two|three|four|five|six|seven|eight|nine|ten)\b|\bto \w+ (?:it|them)\b"
    r"|^\w+ (?:it|them|this|those|these|that|such|primarily|mainly|due)\b|\b([a-z]{4,}) \1\b",
    re.IGNORECASE,
)
CLAUSE = re.compile(rf"(?:and |but )?(?:[\w’'-]+\s){{1,6}}?{FINITE_VERB.pattern}")
FINANCE = re.compile(r"\b(?:cfo|financ\w*|treasur\w*|controller|investor)\b", re.IGNORECASE)
