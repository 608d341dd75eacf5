"""``python -m bench``: measure the budgets and write bench/REPORT.md. Needs nginx, wrk and a Chromium (Debian's do).

make bench                          10,000 media
make bench ARGS="--media 1000000"   as the budgets are meant
"""

import argparse
import platform
import shutil
import tempfile
from pathlib import Path

from bench import (
    accounts,
    comments,
    delivery,
    encoding,
    feed,
    first_visit,
    likes,
    memory,
    notices,
    pages,
    sockets,
    statements,
    workers,
)
from bench.report import Report
from bench.site import Site

TOOLS = ("nginx", "wrk")


def main() -> None:
    """Measure everything that was asked for."""
    cli = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    cli.add_argument("--media", type=int, default=10_000, help="how many media the tables hold")
    cli.add_argument("--followers", type=int, default=100_000, help="how many follow who publishes (notices)")
    cli.add_argument("--seconds", type=int, default=6, help="how long each page is asked for")
    cli.add_argument(
        "--only",
        choices=[
            "pages",
            "statements",
            "visit",
            "memory",
            "encoding",
            "delivery",
            "workers",
            "likes",
            "sockets",
            "notices",
            "feed",
            "comments",
            "accounts",
        ],
        help="measure this alone",
    )
    cli.add_argument("--likers", type=int, default=2000, help="how many people like one work")
    cli.add_argument("--sockets", type=int, default=1000, help="how many pages watch one work")
    cli.add_argument("--likes-a-second", type=int, default=50, help="how many likes it gets meanwhile")
    cli.add_argument("--activities", type=int, default=1_000_000, help="how much is going on in the feed's crowd")
    cli.add_argument("--out", type=Path, default=Path(__file__).parent / "REPORT.md")
    args = cli.parse_args()
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        raise SystemExit(f"The bench needs {' and '.join(missing)}: apt-get install nginx-light wrk")
    report = Report(machine=f"{platform.processor() or platform.machine()}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        if args.only in {None, "encoding"}:
            encoding.measure(report, Path(folder))
        if args.only in {None, "workers"}:
            workers.measure(report, Path(folder))
        if args.only in {None, "notices"}:
            notices.measure(report, Path(folder), followers=args.followers)
        if args.only in {None, "feed"}:
            feed.measure(report, Path(folder), feed.sizes_of(args.activities))
        if args.only in {None, "comments"}:
            comments.measure(report, Path(folder))
        if args.only in {None, "accounts"}:
            accounts.measure(report, Path(folder))
        if args.only not in {"encoding", "workers", "notices", "feed", "comments", "accounts"}:
            measure_site(report, Path(folder), args)
    args.out.write_text(report.as_markdown())
    print(report.as_markdown())


def measure_site(report: Report, folder: Path, args: argparse.Namespace) -> None:
    """Measure what takes a whole installation."""
    with Site(folder, media=args.media) as site:
        report.note(f"{site.people:,} people and {site.media:,} media, generated in {site.seconds_to_fill:.0f} s.")
        if args.only in {None, "memory"}:
            memory.measure_rest(report, site)
        if args.only in {None, "pages"}:
            pages.measure(report, site, seconds=args.seconds)
        if args.only in {None, "statements"}:
            statements.measure(report, site)
        if args.only in {None, "visit"}:
            first_visit.measure(report, site)
        if args.only in {None, "memory"}:
            memory.measure_web(report, site)
        if args.only in {None, "likes"}:
            likes.measure(report, site, people=args.likers, seconds=args.seconds)
        if args.only in {None, "sockets"}:
            sockets.measure(
                report, site, sockets=args.sockets, likes_a_second=args.likes_a_second, seconds=args.seconds * 2
            )
        if args.only in {None, "delivery"}:
            delivery.measure(report, site, seconds=args.seconds)


if __name__ == "__main__":
    main()
