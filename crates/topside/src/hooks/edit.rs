//! Edits the text of an agent's configuration, and nothing of it but what is asked for.

use anyhow::{Context, bail, ensure};
use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstArray, CstInputValue, CstNode, CstObject, CstObjectProp, CstRootNode, CstStringLit};
use serde_json::Value;

const HOOKS: &str = "hooks";
const COMMAND: &str = "command";
const STATUS_LINE: &str = "statusLine";
/// Seconds an agent waits for a hook; it needs thousandths.
const TIMEOUT: u32 = 5;

/// JSON, with comments and commas at the end, as editors let people write it.
const FORM: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_trailing_commas: true,
    allow_loose_object_property_names: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// The text of a file, to be edited. Order, comments, indentation and line ends of what is not edited stay.
pub(super) struct Document {
    root: CstRootNode,
}

impl Document {
    /// Reads `text`. An error names the place.
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        let root = CstRootNode::parse(text, &FORM).context("it is not JSON")?;
        if let Some(value) = root.value() {
            let object = value.as_object().context("it does not hold an object")?;
            once(&object, HOOKS)?;
            once(&object, STATUS_LINE)?;
        }
        Ok(Self { root })
    }

    /// Adds a hook that runs `command` to each of `events`. Hooks that `is_ours` are brought up to date or, at other
    /// events, taken out.
    pub(super) fn add_hooks(
        &self,
        events: &[&str],
        command: &str,
        is_ours: &dyn Fn(&str) -> bool,
    ) -> anyhow::Result<()> {
        let object = self.root.object_value_or_create().context("it does not hold an object")?;
        let hooks = object.object_value_or_create(HOOKS).with_context(|| format!("{HOOKS:?} is not an object"))?;
        for event in events {
            once(&hooks, event)?;
            let known = hooks.get(event).map(|event| handlers(&event, is_ours)).unwrap_or_default();
            if let Some(first) = known.first() {
                first.set_command(command)?;
                known.iter().skip(1).for_each(Handler::remove);
            } else {
                let groups = hooks.array_value_or_create(event).with_context(|| format!("{event:?} is not a list"))?;
                groups.append(group(command));
            }
        }
        let others = hooks.properties().into_iter();
        let others = others.filter(|event| !events.iter().any(|wanted| is_called(event, wanted)));
        others.flat_map(|event| handlers(&event, is_ours)).for_each(|handler| handler.remove());
        Ok(())
    }

    /// Takes out the hooks that `is_ours`, and what held nothing else, unless it was empty in `before` too.
    pub(super) fn remove_hooks(&self, is_ours: &dyn Fn(&str) -> bool, before: Option<&Self>) {
        let Some((object, hooks)) = self.hooks() else { return };
        let was = before.and_then(Self::hooks);
        let mut any = false;
        for event in hooks.properties() {
            let ours = handlers(&event, is_ours);
            ours.iter().for_each(Handler::remove);
            any |= !ours.is_empty();
            let was_there = || {
                let name = event.decoded_name().unwrap_or_default();
                was.as_ref().is_some_and(|(_, hooks)| hooks.get(&name).is_some())
            };
            let is_empty = event.array_value().is_some_and(|groups| is_bare(&groups.children()));
            if !ours.is_empty() && is_empty && !was_there() {
                event.remove();
            }
        }
        if any && is_bare(&hooks.children()) && was.is_none() {
            object.get(HOOKS).into_iter().for_each(CstObjectProp::remove);
        }
    }

    /// Lets the status line be shown by what `command` makes of the command that shows it now.
    pub(super) fn set_status_line(
        &self,
        command: impl FnOnce(Option<&str>) -> anyhow::Result<String>,
    ) -> anyhow::Result<()> {
        let object = self.root.object_value_or_create().context("it does not hold an object")?;
        if object.get(STATUS_LINE).is_none() {
            object.append(STATUS_LINE, runs(&command(None)?, None));
            return Ok(());
        }
        let Some((_, literal)) = self.status_line() else { bail!("{STATUS_LINE:?} is not a command") };
        let now = decoded(&literal).with_context(|| format!("{STATUS_LINE:?} cannot be read"))?;
        set(&literal, &command(Some(&now))?)
    }

    /// The command that shows the status line.
    pub(super) fn status_line_command(&self) -> Option<String> {
        decoded(&self.status_line()?.1)
    }

    /// Takes out the status line.
    pub(super) fn remove_status_line(&self) {
        if let Some((line, _)) = self.status_line() {
            line.remove();
        }
    }

    /// Hooks that `is_ours`.
    pub(super) fn found_hooks(&self, is_ours: &dyn Fn(&str) -> bool) -> Vec<Hook> {
        let Some((_, hooks)) = self.hooks() else { return Vec::new() };
        let each = hooks.properties().into_iter().flat_map(|event| {
            let name = event.decoded_name().unwrap_or_default();
            let found = handlers(&event, is_ours).into_iter();
            found.filter_map(move |one| {
                Some(Hook {
                    event: name.clone(),
                    place: one.place,
                    command: decoded(&one.command)?,
                    group: one.group.to_serde_value()?,
                })
            })
        });
        each.collect()
    }

    /// True when nothing but an empty object is left.
    pub(super) fn is_empty(&self) -> bool {
        self.root.object_value().is_none_or(|object| object.properties().is_empty())
    }

    fn hooks(&self) -> Option<(CstObject, CstObject)> {
        let object = self.root.object_value()?;
        let hooks = object.object_value(HOOKS)?;
        Some((object, hooks))
    }

    fn status_line(&self) -> Option<(CstObjectProp, CstStringLit)> {
        let line = self.root.object_value()?.get(STATUS_LINE)?;
        let runs = line.object_value()?;
        let literal = runs.get(COMMAND)?.value()?.as_string_lit()?;
        Some((line, literal))
    }
}

impl std::fmt::Display for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.root.fmt(f)
    }
}

/// A hook that stands in a file.
#[derive(Debug)]
pub(super) struct Hook {
    /// When it is run.
    pub(super) event: String,
    /// Which group of the event, and which hook of that, counted from 0.
    pub(super) place: (usize, usize),
    /// What is run.
    pub(super) command: String,
    /// The group, with all its hooks, as the file has it.
    pub(super) group: Value,
}

/// A hook of ours, where it stands: its group, the list in it, and its entry there.
struct Handler {
    place: (usize, usize),
    group: CstNode,
    list: CstArray,
    entry: CstNode,
    command: CstStringLit,
}

impl Handler {
    fn set_command(&self, command: &str) -> anyhow::Result<()> {
        if decoded(&self.command).as_deref() == Some(command) { Ok(()) } else { set(&self.command, command) }
    }

    /// Takes it out, and its group where nothing else stands in it.
    fn remove(&self) {
        let is_alone = self.list.elements().len() == 1;
        if is_alone { self.group.clone().remove() } else { self.entry.clone().remove() }
    }
}

fn handlers(event: &CstObjectProp, is_ours: &dyn Fn(&str) -> bool) -> Vec<Handler> {
    let groups = event.array_value().map(|groups| groups.elements()).unwrap_or_default();
    let lists = groups.into_iter().enumerate();
    let lists = lists.filter_map(|(n, group)| Some((n, group.as_object()?.array_value(HOOKS)?, group)));
    let entries = lists.flat_map(|(n, list, group)| {
        let entries = list.elements().into_iter().enumerate();
        entries.map(move |(m, entry)| ((n, m), group.clone(), list.clone(), entry))
    });
    let ours = entries.filter_map(|(place, group, list, entry)| {
        let command = entry.as_object()?.get(COMMAND)?.value()?.as_string_lit()?;
        is_ours(&decoded(&command)?).then_some(Handler { place, group, list, entry, command })
    });
    ours.collect()
}

/// A group of one hook, for whatever tool it is.
fn group(command: &str) -> CstInputValue {
    CstInputValue::Object(vec![(HOOKS.to_owned(), CstInputValue::Array(vec![runs(command, Some(TIMEOUT))]))])
}

fn runs(command: &str, timeout: Option<u32>) -> CstInputValue {
    let mut parts = vec![("type".to_owned(), COMMAND.into()), (COMMAND.to_owned(), command.into())];
    parts.extend(timeout.map(|timeout| ("timeout".to_owned(), timeout.into())));
    CstInputValue::Object(parts)
}

/// True for brackets with nothing between them, not even a word of the user's.
fn is_bare(children: &[CstNode]) -> bool {
    children.iter().all(|child| child.is_whitespace() || child.is_newline() || child.is_token())
}

/// Programs differ in which of two they believe.
fn once(object: &CstObject, name: &str) -> anyhow::Result<()> {
    let count = object.properties().iter().filter(|one| is_called(one, name)).count();
    ensure!(count <= 1, "{name:?} stands in it {count} times");
    Ok(())
}

fn is_called(property: &CstObjectProp, name: &str) -> bool {
    property.decoded_name().as_deref() == Some(name)
}

fn decoded(literal: &CstStringLit) -> Option<String> {
    literal.decoded_value().ok()
}

fn set(literal: &CstStringLit, text: &str) -> anyhow::Result<()> {
    literal.set_raw_value(serde_json::to_string(text).context("write a command as JSON")?);
    Ok(())
}
