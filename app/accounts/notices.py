"""What owners are told by mail about their account: subject and sentence of each notice."""

from typing import Final

NOTICES: Final = {
    "export_ready": (
        "Your data is ready",
        "The archive of everything of yours is ready: Settings, Your data. It stays there for a few days.",
    ),
    "authenticator_added": (
        "Your log-in has a second step",
        "An authenticator app was set up for your account. From now on we ask for its code after the password.",
    ),
    "authenticator_removed": (
        "Your authenticator app was removed",
        "The authenticator app of your account was removed. Another second step is still there.",
    ),
    "passkey_added": ("A passkey was added", "A passkey was added to your account. Whoever holds it can log in."),
    "passkey_removed": ("A passkey was removed", "A passkey of your account was removed and opens nothing any more."),
    "last_factor_removed": (
        "Your log-in has no second step any more",
        "The last second factor of your account was removed, and the recovery codes with it. One step is enough now.",
    ),
    "recovery_codes_made": (
        "New recovery codes",
        "New recovery codes were made for your account. The old ones open nothing any more.",
    ),
    "recovery_code_used": ("A recovery code was used", "One of your recovery codes was used to prove that it is you."),
    "recovery_codes_few": (
        "Few recovery codes are left",
        "One of your recovery codes was used, and few are left. Make new ones under Log-in and safety.",
    ),
    "recovery_codes_gone": (
        "Your last recovery code was used",
        "The last of your recovery codes was used. Make new ones under Log-in and safety.",
    ),
    "codes_guessed": (
        "Someone tries codes at your log-in",
        "Several wrong codes in a row were typed at your log-in, by someone who knows your password.",
    ),
    "password_removed": (
        "Your password was removed",
        "The password of your account was removed. You log in by a passkey or a provider from now on.",
    ),
    "identity_linked": (
        "A way to log in was added",
        "Your account was linked with an account of yours elsewhere. Whoever can log in there can log in here.",
    ),
    "identity_unlinked": (
        "A way to log in was removed",
        "The link between your account and an account of yours elsewhere was removed.",
    ),
}
"""Name of the notice to its subject and what the mail says."""
