//! How much a model's context holds.

use topside_model::{Tokens, WindowSource};

/// The window of models before 2026, and of any where the user turned the large one off.
pub(super) const SMALL: Tokens = Tokens(200_000);
/// The window of models since, and of older ones whose name was given with `[1m]`.
pub(super) const LARGE: Tokens = Tokens(1_000_000);
/// Ends a model's name where its large window was asked for. Transcripts never keep it.
pub(super) const LARGE_SUFFIX: &str = "[1m]";

/// Beginnings of the names of models by their window, as Claude Code 2.1.328 reports them (November 2026). The longest
/// that fits counts.
const WINDOWS: &[(&str, Tokens)] = &[
    ("claude-3", SMALL),
    ("claude-opus-4", SMALL),
    ("claude-opus-4-7", LARGE),
    ("claude-opus-4-8", LARGE),
    ("claude-opus-5", LARGE),
    ("claude-sonnet-4", SMALL),
    ("claude-sonnet-5", LARGE),
    ("claude-haiku-4-5", SMALL),
    ("claude-haiku-5", LARGE),
    ("claude-fable-5", LARGE),
    ("claude-mythos-5", LARGE),
];

/// The window of `model`, whose largest request so far held `observed` tokens. Of an unknown model the smaller one is
/// assumed until a request proves it larger: a share that is too high is noticed, one that is too low is not.
pub(super) fn window(model: &str, observed: u64) -> (Tokens, WindowSource) {
    // Gateways put their own names in front: `us.anthropic.claude-opus-4-8-v1:0`, `anthropic/claude-…`.
    let name = model.find("claude-").map_or(model, |start| &model[start..]);
    let known = WINDOWS.iter().filter(|(start, _)| name.starts_with(start)).max_by_key(|(start, _)| start.len());
    match known {
        _ if model.ends_with(LARGE_SUFFIX) => (LARGE, WindowSource::Configured),
        Some((_, LARGE)) => (LARGE, WindowSource::Model),
        _ if observed > SMALL.0 => (LARGE, WindowSource::Observed),
        Some((_, window)) => (*window, WindowSource::Model),
        None => (SMALL, WindowSource::Assumed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_follow_from_the_model_until_a_request_proves_them_wrong() {
        assert_eq!(window("claude-opus-4-6", 10), (SMALL, WindowSource::Model));
        assert_eq!(window("claude-opus-4-6", 200_001), (LARGE, WindowSource::Observed));
        assert_eq!(window("claude-opus-4-8", 10), (LARGE, WindowSource::Model));
        assert_eq!(window("us.anthropic.claude-sonnet-5-v1:0", 10), (LARGE, WindowSource::Model));
        assert_eq!(window("claude-sonnet-4-5-20250929", 10), (SMALL, WindowSource::Model));
        assert_eq!(window("claude-sonnet-4-6[1m]", 10), (LARGE, WindowSource::Configured));
        assert_eq!(window("glm-5.1", 10), (SMALL, WindowSource::Assumed));
    }
}
