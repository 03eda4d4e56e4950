//! What an administrator of Quay sets: the release and the feature switches.

/// Which Quay is imitated; `../../data/organization-api.json` was recorded on `Main`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Release {
    /// Shows a random UUID as e-mail of an organization without one; e-mails are unique.
    V3_15,
    /// Answers as `Main`, but frees the name of a deleted organization at once.
    V3_18,
    /// Keeps the name of a deleted organization until it is collected.
    Main,
}

impl Release {
    /// The release of that name, as the command line spells it.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "3.15" => Some(Self::V3_15),
            "3.18" => Some(Self::V3_18),
            "main" => Some(Self::Main),
            _ => None,
        }
    }
}

/// A set of switches that the recordings have a name for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// The configuration in the recordings' header.
    Base,
    /// `FEATURE_SUPERUSERS_FULL_ACCESS`.
    FullAccess,
    /// `FEATURE_MAILING`.
    Mailing,
    /// No loopback upstreams, and `BROWSER_API_CALLS_XHR_ONLY`.
    Strict,
    /// Proxy cache, tag expiration and anonymous access off; only superusers create organizations.
    Off,
    /// nginx in front of nothing.
    Dead,
    /// Without nginx: no limit on bodies.
    Direct,
    /// nginx lets five requests a second through, with a burst of 25.
    RateLimited,
    /// `REGISTRY_STATE` readonly: every write is refused.
    ReadOnly,
}

impl Profile {
    /// The profile of that name, as recordings and command line spell it.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "base" => Self::Base,
            "fullaccess" => Self::FullAccess,
            "mailing" => Self::Mailing,
            "strict" => Self::Strict,
            "off" => Self::Off,
            "dead" => Self::Dead,
            "direct" => Self::Direct,
            "ratelimited" | "nginx with rate limits" => Self::RateLimited,
            "readonly" => Self::ReadOnly,
            _ => return None,
        })
    }

    /// The switches of this profile.
    pub fn switches(self) -> Switches {
        let base = Switches::default();
        match self {
            Self::Base => base,
            Self::FullAccess => Switches { superusers_full_access: true, ..base },
            Self::Mailing => Switches { mailing: true, ..base },
            Self::Strict => {
                Switches { loopback_upstreams: false, browser_calls_xhr_only: true, ..base }
            }
            Self::Off => Switches {
                proxy_cache: false,
                change_tag_expiration: false,
                anonymous_access: false,
                superusers_org_creation_only: true,
                ..base
            },
            Self::Dead => Switches { dead: true, ..base },
            Self::Direct => Switches { nginx: false, ..base },
            Self::RateLimited => Switches { rate_limited: true, ..base },
            Self::ReadOnly => Switches { read_only: true, ..base },
        }
    }
}

/// The switches one by one, for a test that needs a set without a name.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "Quay's feature switches are booleans")]
pub struct Switches {
    /// `FEATURE_PROXY_CACHE`: without it the routes do not exist.
    pub proxy_cache: bool,
    /// `FEATURE_CHANGE_TAG_EXPIRATION`: without it the field is silently ignored.
    pub change_tag_expiration: bool,
    /// `FEATURE_ANONYMOUS_ACCESS`.
    pub anonymous_access: bool,
    /// `FEATURE_SUPERUSERS_ORG_CREATION_ONLY`.
    pub superusers_org_creation_only: bool,
    /// `FEATURE_SUPERUSERS_FULL_ACCESS`.
    pub superusers_full_access: bool,
    /// `FEATURE_MAILING`: team members are invited instead of added.
    pub mailing: bool,
    /// `SSRF_ALLOWED_HOSTS` has 127.0.0.0/8 and localhost.
    pub loopback_upstreams: bool,
    /// `BROWSER_API_CALLS_XHR_ONLY`.
    pub browser_calls_xhr_only: bool,
    /// nginx is in front, with its limits on bodies and paths.
    pub nginx: bool,
    /// nginx has nothing behind it.
    pub dead: bool,
    /// nginx limits the rate.
    pub rate_limited: bool,
    /// `REGISTRY_STATE` readonly.
    pub read_only: bool,
    /// `TAG_EXPIRATION_OPTIONS` in seconds.
    pub tag_expirations: Vec<i64>,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            proxy_cache: true,
            change_tag_expiration: true,
            anonymous_access: true,
            superusers_org_creation_only: false,
            superusers_full_access: false,
            mailing: false,
            loopback_upstreams: true,
            browser_calls_xhr_only: false,
            nginx: true,
            dead: false,
            rate_limited: false,
            read_only: false,
            tag_expirations: vec![0, 86_400, 604_800, 1_209_600, 2_419_200],
        }
    }
}
