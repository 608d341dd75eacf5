"""Rules of filters, as rows, and what they did."""

import os
from pathlib import Path
from typing import Any

from flask import Flask
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.extensions import db
from app.media.engine.fingerprints import pdq_of
from app.moderation import filter_set
from app.moderation.filter_models import Category, FilterAction, FilterHit, FilterKind, FilterRule, FilterState, Whom
from app.moderation.services import filter_rules, hash_lists


def add_rule(app: Flask, *terms: str, kind: str = "words", state: str = "live", **values: Any) -> FilterRule:
    """A rule that finds ``terms`` from now on."""
    with app.app_context():
        rule = FilterRule(
            name=values.pop("name", "Bad words"), kind=FilterKind(kind), terms=list(terms),
            entries=values.pop("entries", len(terms)), state=FilterState(state),
            action=FilterAction(values.pop("action", "hold")), category=Category(values.pop("category", "other")),
            whom=Whom(values.pop("whom", "everyone")), **values,
        )  # fmt: skip
        db.session.add(rule)
        filter_rules.raise_version()
        db.session.commit()
        filter_set.forget()
        db.session.refresh(rule)
        db.session.expunge(rule)
        return rule


def picture_like_no_other(folder: Path) -> Path:
    """A picture that PDQ knows from all others."""
    path = folder / "a.png"
    Image.frombytes("RGB", (12, 12), os.urandom(432)).resize((512, 512), Image.Resampling.BICUBIC).save(path)
    return path


def add_list(app: Flask, *pictures: Path, **values: Any) -> FilterRule:
    """A rule with a list that knows these pictures."""
    rule = add_rule(app, kind="pictures", entries=len(pictures), **values)
    known = [pdq for picture in pictures if (pdq := pdq_of(picture)) is not None]
    assert len(known) == len(pictures)
    with app.app_context():
        hash_lists.import_hashes(rule.id, [pdq.hex() for pdq in known], by=None)
        db.session.commit()
    filter_set.forget()
    return rule


def hits(session: Session) -> list[FilterHit]:
    """What was found, the first first."""
    session.expire_all()
    return list(session.scalars(select(FilterHit).order_by(FilterHit.id)))


def rule_now(session: Session, rule: FilterRule) -> FilterRule:
    """The rule as it is now."""
    session.expire_all()
    return session.get_one(FilterRule, rule.id)
