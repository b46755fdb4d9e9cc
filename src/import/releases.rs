//! Releases on GitHub, as `gh release list --json …` prints them.
//!
//! Fields: <https://cli.github.com/manual/gh_release_list>.

use std::borrow::Cow;

use serde::Deserialize;

use super::{Found, Import, Options, Refused, Times, deployment, json_values};
use crate::deploy::PRODUCTION;
use crate::event::{By, Outcome, Timestamp};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Release<'a> {
    #[serde(borrow)]
    tag_name: Cow<'a, str>,
    #[serde(default, deserialize_with = "super::time")]
    published_at: Option<Timestamp>,
    #[serde(default)]
    is_draft: bool,
    #[serde(default)]
    is_prerelease: bool,
}

/// Returns the deployment that each published release stands for.
///
/// # Errors
/// What is wrong first: no JSON, a field missing, a time that cannot be.
pub fn read(text: &str, options: &Options) -> Result<Import, Refused> {
    let mut res = Import::default();
    for value in json_values(text)? {
        let release: Release<'_> = value.typed()?;
        let why = match () {
            () if release.is_draft => "a draft",
            () if release.is_prerelease => "a prerelease",
            () => {
                let at = release.published_at;
                let times = Times { at, ..Times::default() };
                let mut event = deployment(times, Outcome::Succeeded, By::Detect, options)
                    .map_err(|it| {
                        let more =
                            if at.is_none() { ": add `publishedAt` to `--json`" } else { "" };
                        Refused::new(
                            value.offset,
                            format!("release {}: {it}{more}", release.tag_name),
                        )
                    })?;
                let env = options.env.as_deref().unwrap_or(PRODUCTION);
                event.key = Some(format!("release:{}:{env}", release.tag_name).into());
                event.version = Some(release.tag_name.into_owned().into());
                res.found.push(Found { offset: value.offset, event, rolled_back: None });
                continue;
            }
        };
        *res.left_out.entry(why.to_owned()).or_default() += 1;
    }
    Ok(res)
}
