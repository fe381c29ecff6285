import pytest

from goldbrief.text.figure_check import check_figures
from goldbrief.text.figure_reading import read_figures

PIPES = """\
## Results

| ($ in thousands) | 2024 | 2023 | Change |
|---|---|---|---|
| Net sales | 412,600 | 389,300 | 6.0% |
| Operating income | 38,400 | 43,100 | (10.9)% |
| Earnings per share | 1.87 | 2.04 | (8.3)% |
| Associates, net | (12) | 7 | n/m |
"""
SPACES = """\
Results ($ in thousands)
                              2024         2023      Change
Net sales                  412,600      389,300        6.0%
Operating income            38,400       43,100     (10.9)%
Earnings per share            1.87         2.04      (8.3)%
Associates, net             (12)            7         n/m
"""
FLAT = """\
Results ($ in thousands)
2024 2023 Change
Net sales 412,600 389,300 6.0%
Operating income 38,400 43,100 (10.9)%
Earnings per share 1.87 2.04 (8.3)%
"""
LAYOUTS = pytest.mark.parametrize("table", [PIPES, SPACES, FLAT], ids=["pipes", "spaces", "flat"])


def judged(summary, table):
    return [one.reason for one in check_figures(summary, table).figures if one.reason]


@LAYOUTS
def test_cells_are_found_by_label_year_scale_and_unit(table):
    summary = (
        "In 2024, net sales rose 6.0% to $412.6 million from $389.3 million. Operating income fell "
        "10.9% to $38.4 million. Earnings per share were $1.87."
    )
    assert judged(summary, table) == []


@LAYOUTS
@pytest.mark.parametrize(
    ("summary", "reason"),
    [
        ("Operating income was $412.6 million.", "subject"),
        ("In 2024, net sales were $389.3 million.", "period"),
        ("Operating income rose 10.9%.", "direction"),
        ("Net sales were $412.6 billion.", "value"),
        ("Net sales were $412,600.", "value"),
        ("Net sales were $418.6 million.", "value"),
    ],
)
def test_a_cell_of_another_row_column_or_scale_is_not(summary, reason, table):
    assert judged(summary, table) == [reason]


@pytest.mark.parametrize("table", [PIPES, SPACES], ids=["pipes", "spaces"])
def test_small_losses_in_brackets_are_no_footnotes(table):
    values = [one.figure.value for one in read_figures(table).mentions if "associ" in one.words]
    assert -12_000 in values


@pytest.mark.parametrize(
    ("declared", "figure"),
    [("($000)", "$1.2 million"), ("(£'000)", "£1.2 million"), ("| RMB'000 |", "RMB 1.2 million"),
     ("(000s)", "$1.2 million"), ("(in thousands of euros)", "€1.2 million")],
)  # fmt: skip
def test_thousands_are_declared_in_several_ways(declared, figure):
    article = f"{declared}\n\n| Revenue | 1,234.5 | 1,100.2 |"
    assert check_figures(f"Revenue was {figure}.", article).unsupported == ()


def test_each_table_has_the_scale_that_stands_by_it():
    article = f"{PIPES}\nSites by region\n\n| (in millions) | 2024 |\n|---|---|\n| Users | 3.2 |\n"
    assert judged("Net sales were $412.6 million and users 3.2 million.", article) == []


def test_a_scale_declared_far_away_may_or_may_not_be_meant():
    article = (
        "Amounts are presented in thousands, except as indicated.\n\nThe year was a good one.\n\n"
        "It rained on most days of it.\n\nSales rose in both halves.\n\n"
        "| Net sales | 412,600 |\n| Visitors | 81,350 |\n"
    )
    assert judged("Net sales were $412.6 million, from 81,350 visitors.", article) == []


def test_the_declared_scale_of_a_table_counts():
    article = "(in thousands)\nRevenue 1,234,500 1,100,200 12.2"
    assert check_figures("Revenue was $1.23 billion.", article).unsupported == ()


@pytest.mark.parametrize(
    ("declared", "figure"),
    [
        ("(€ in millions)", "€1.23 billion"),
        ("(in millions of euros)", "€1.23 billion"),
        ("In £ | in millions |", "$1.23 billion"),
        ("| CHF in millions |", "CHF 1.23 billion"),
        ("in millions of pounds", "£1.23 billion"),
        ("(US$ in millions, except per share)", "$1.23 billion"),
        ("(€m)", "€1.23 billion"),
        ("| £ million | 2024 | 2023 |", "£1.23 billion"),
        ("(in EUR million)", "€1.23 billion"),
        ("(in $ millions)", "$1.23 billion"),
        ("(euros in millions)", "€1.23 billion"),
        ("(millions of Canadian dollars)", "C$1.23 billion"),
        ("(Dollars in Millions)", "$1.23 billion"),
        ("(C$ in millions)", "C$1.23 billion"),
        ("| RMB million |", "RMB 1.23 billion"),
        ("(US$m)", "$1.23 billion"),
    ],
)
def test_the_currency_beside_the_scale_of_a_table_counts(declared, figure):
    article = f"{declared}\n\n| Revenue | 1,234.5 | 1,100.2 |"
    assert check_figures(f"Revenue was {figure}.", article).unsupported == ()
    assert check_figures("Revenue was ¥1.23 billion.", article).supported == 0


@pytest.mark.parametrize(
    ("row", "figure"),
    [
        ("Earnings per share (p)", "21.3p"),
        ("Earnings per share (pence)", "21.3p"),
        ("Earnings per share (c)", "21.3 cents"),
        ("Earnings per share, cents", "21.3 cents"),
        ("Cost per tonne (£)", "£21.3"),
        ("Cost (US$/oz)", "$21.3"),
        ("Cost (€ per tonne)", "€21.3"),
        ("Revenue (£m)", "£21.3 million"),
        ("Revenue | £m", "£21.3 million"),
        ("Cost | US$/oz", "$21.3"),
        ("Cash cover (days)", "21.3 days"),
        ("Mean age (years)", "21.3 years"),
        ("Margin (%)", "21.3%"),
        ("Margin | %", "21.3%"),
        ("Cover (x)", "21.3x"),
        ("Cover (times)", "21.3 times"),
        ("Change in margin (pp)", "21.3 percentage points"),
        ("Cost of risk (bps)", "21.3 basis points"),
        ("Revenue (₹ crore)", "₹21.3 crore"),
        ("Revenue (Rs. in lakhs)", "Rs 21.3 lakh"),
        ("Sales (CHF Mio.)", "CHF 21.3 million"),
        ("Gold poured (koz)", "21,300 oz"),
        ("Ore mined (Mt)", "21.3 million tonnes"),
    ],
)
def test_a_row_names_its_unit(row, figure):
    cells = "| " * (1 + row.count("|"))
    table = f"| {cells}| 2024 | 2023 |\n| {row} | 21.3 | 19.1 |\n"
    wrong = figure.replace("21.3", "21.4").replace("21,3", "21,4")
    assert not check_figures(f"It was {figure}.", table).unsupported
    assert check_figures(f"It was {wrong}.", table).unsupported


def test_a_table_may_write_decimals_with_a_comma():
    table = "| CHF million | 2025 |\n|---|---|\n| Sales | 1'234,5 |\n| EBIT | 98,6 |\n"
    assert not check_figures(
        "Sales rose to CHF 1,234.5 million, EBIT to CHF 98.6m.", table
    ).unsupported
    assert len(check_figures("Sales were CHF 1,234.6m, EBIT CHF 98.7m.", table).unsupported) == 2


def test_a_table_in_crores_may_count_a_few():
    table = "| ₹ crore | 2025 |\n|---|---|\n| Revenue | 4,512 |\n| Deals | 12 |\n"
    assert not check_figures("It won 12 deals; revenue was ₹4,512 crore.", table).unsupported
    assert check_figures("Revenue was ₹4,512.", table).unsupported


def test_a_share_and_a_ratio_are_not_in_the_millions_of_their_table():
    rows = "| Sales | 412.6 |\n| Diluted EPS | 6.12 |\n| Leverage | 0.8 |\n"
    table = f"| $ million | 2025 |\n|---|---|\n{rows}"
    assert not check_figures("EPS were $6.12 and leverage 0.8x.", table).unsupported
    assert check_figures("Sales were $412.6.", table).unsupported
