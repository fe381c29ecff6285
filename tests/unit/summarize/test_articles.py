import pytest

from goldbrief.summarize import articles
from goldbrief.summarize.articles import Article, ArticleShelf
from goldbrief.summarize.assignments import Assignment
from goldbrief.summarize.caching import CompletionCache
from goldbrief.summarize.models import ModelDirectory
from goldbrief.summarize.writing import SummaryWriter

from .samples import ARTICLE, FORMLESS, RIGHT, SUMMARY, FakeEngine, FakeRegistry


@pytest.fixture
def readings(monkeypatch):
    """Articles whose figures were read."""
    read = []

    class Counted(articles.ArticleFigures):
        def __init__(self, article):
            read.append(article)
            super().__init__(article)

    monkeypatch.setattr(articles, "ArticleFigures", Counted)
    return read


def write(cache, times=3):
    writer = SummaryWriter(
        FakeEngine(FORMLESS, again=RIGHT), ModelDirectory(FakeRegistry()), cache=cache
    )
    for _ in range(times):
        *_, answer = writer.write(Assignment(ARTICLE, "briefs", "", fresh=True), 60.0)
        assert (answer.completion.text, answer.num_unsupported) == (RIGHT, 0)


def test_the_figures_of_a_repeated_article_are_read_once_for_all_its_texts(readings):
    write(CompletionCache(1_000_000))
    assert readings == [ARTICLE]


def test_where_nothing_is_to_be_kept_no_article_is_either(readings):
    write(None)
    assert readings == [ARTICLE] * 3


def test_the_articles_that_were_not_asked_for_longest_leave():
    shelf = ArticleShelf(most_chars=30)
    first, second = shelf.find("a" * 10), shelf.find("b" * 10)
    assert shelf.find("a" * 10) is first
    shelf.find("c" * 20)
    assert shelf.find("a" * 10) is first
    assert shelf.find("b" * 10) is not second


def test_an_article_larger_than_all_room_is_read_but_not_kept():
    shelf = ArticleShelf(most_chars=30)
    small = shelf.find("a" * 10)
    assert shelf.find("b" * 31).text == "b" * 31
    assert shelf.find("b" * 31) is not shelf.find("b" * 31)
    assert shelf.find("a" * 10) is small


def test_checking_a_summary_again_gives_the_same(readings):
    article = Article(ARTICLE)
    first = article.check(SUMMARY)
    for text in ("Revenue was $1.", "Revenue was $2.", "Revenue was $3.", "Revenue was $4."):
        article.check(text)
    assert article.check(SUMMARY) == first
    assert readings == [ARTICLE]
