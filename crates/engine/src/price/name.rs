//! One name for each model.

/// Where a model may be asked for at its maker's list price, as a path in front of its name.
const SELLERS: &[&str] = &[
    "anthropic/",
    "bedrock/",
    "deepseek/",
    "gemini/",
    "google/",
    "minimax/",
    "models/",
    "moonshot/",
    "moonshotai/",
    "openai/",
    "openrouter/",
    "vertex_ai/",
    "x-ai/",
    "xai/",
    "xiaomi/",
    "z-ai/",
    "zai/",
];
/// Where Bedrock may run a model. Its name for governments is not here: they pay more.
const REGIONS: &[&str] = &["apac.", "au.", "eu.", "global.", "jp.", "us."];

/// The name of a model in the price table, whoever spelt it.
///
/// Lower case, without who sells it (`anthropic/`, `us.anthropic.`), how much context it was asked for (`[1m]`), and
/// which of its releases it is (`-20250929`, `@20250929`, `-2025-08-07`, `-v1:0`); versions of Claude with dashes instead
/// of dots. Every other word is part of the name: `-mini`, `-codex`, `-max` and `-thinking` are models of their own.
pub fn canonical(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    let name = without_release(without_seller(&name));
    if name.starts_with("claude-") { name.replace('.', "-") } else { name.to_owned() }
}

/// True where a name says which release of its model it is, or how that is run.
pub(super) fn is_release(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    shorter(without_seller(&name)).is_some()
}

fn without_seller(mut name: &str) -> &str {
    while let Some(rest) = SELLERS.iter().find_map(|seller| name.strip_prefix(seller)) {
        name = rest;
    }
    let anywhere = REGIONS.iter().find_map(|region| name.strip_prefix(region)).unwrap_or(name);
    anywhere.strip_prefix("anthropic.").unwrap_or(name)
}

fn without_release(mut name: &str) -> &str {
    while let Some(rest) = shorter(name) {
        name = rest;
    }
    name
}

/// `name` without the last thing that only says which release it is or how it is run.
fn shorter(name: &str) -> Option<&str> {
    name.strip_suffix("[1m]")
        .or_else(|| name.strip_suffix("@default"))
        .or_else(|| without_day(name))
        .or_else(|| without_revision(name).filter(|_| name.starts_with("claude-")))
}

/// Without `-20250929`, `@20250929` or `-2025-09-29`.
fn without_day(name: &str) -> Option<&str> {
    let cut = |length: usize| name.len().checked_sub(length).and_then(|at| name.split_at_checked(at));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some((rest, day)) = cut("-20250929".len())
        && let Some(digits) = day.strip_prefix(['-', '@'])
        && digits.starts_with("20")
        && all_digits(digits)
    {
        return Some(rest);
    }
    let (rest, day) = cut("-2025-09-29".len())?;
    let mut fields = day.strip_prefix("-20")?.split('-');
    let is_day = fields.all(|field| field.len() == 2 && all_digits(field)) && day.matches('-').count() == 3;
    is_day.then_some(rest)
}

/// Without `-v1` or `-v1:0`.
fn without_revision(name: &str) -> Option<&str> {
    let (rest, revision) = name.rsplit_once("-v")?;
    let mut numbers = revision.splitn(2, ':');
    numbers.all(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(names: &[&str], expected: &str) {
        for name in names {
            assert_eq!(canonical(name), expected, "{name}");
        }
        assert_eq!(canonical(expected), expected);
    }

    #[test]
    fn a_model_has_one_name() {
        check(
            &[
                "claude-sonnet-4-5",
                "claude-sonnet-4-5-20250929",
                "claude-sonnet-4-5@20250929",
                "claude-sonnet-4-5@default",
                "claude-sonnet-4-5[1m]",
                "claude-sonnet-4-5-20250929[1m]",
                "claude-sonnet-4.5",
                "Claude-Sonnet-4-5",
                "anthropic/claude-sonnet-4.5",
                "openrouter/anthropic/claude-sonnet-4.5",
                "anthropic.claude-sonnet-4-5-20250929-v1:0",
                "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
                "bedrock/global.anthropic.claude-sonnet-4-5-20250929-v1:0[1m]",
                "vertex_ai/claude-sonnet-4-5@20250929",
            ],
            "claude-sonnet-4-5",
        );
        check(&["eu.anthropic.claude-opus-4-6-v1", "claude-opus-4-6-20260205"], "claude-opus-4-6");
        check(&["openai/gpt-5", "gpt-5-2025-08-07", "GPT-5"], "gpt-5");
        check(&["models/gemini-2.5-pro", "google/gemini-2.5-pro"], "gemini-2.5-pro");
        check(&["MiniMax-M2", "minimax/MiniMax-M2"], "minimax-m2");
    }

    #[test]
    fn a_release_is_told_from_its_model_whoever_sells_it() {
        for name in ["gpt-5-2025-08-07", "openai/gpt-5-2025-08-07", "us.anthropic.claude-opus-4-6-v1", "Gpt-5@20250807"]
        {
            assert!(is_release(name), "{name}");
        }
        for name in ["gpt-5", "openai/gpt-5", "MiniMax-M2", "gpt-5-codex", "claude-opus-4.6", "deepseek-v3", ""] {
            assert!(!is_release(name), "{name}");
        }
    }

    #[test]
    fn other_words_are_part_of_the_name() {
        for name in [
            "gpt-5-mini",
            "gpt-5-codex",
            "gpt-5.1-codex-max",
            "kimi-k2-thinking",
            "kimi-k2-0905-preview",
            "codex-mini-latest",
            "deepseek-v3",
            "claude-opus-4-0",
            "gemini-2.5-flash-preview-09-2025",
            "ollama/glm-4.6",
            "us-gov.anthropic.claude-opus-4-8",
            "gpt-5-20ä50807",
            "gpt-5-12345678",
            "",
        ] {
            check(&[name], name);
        }
    }
}
