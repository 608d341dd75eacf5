"""What people look at it with: options of a browser profile."""

from typing import Any

from playwright.sync_api import ViewportSize

DESKTOP = ViewportSize(width=1440, height=900)
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True,
}  # fmt: skip
