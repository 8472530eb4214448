//! Day by day: bars of tokens by model with lines of each model, of cost and of the cache below, then every day.

use std::collections::BTreeMap;

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use topside_catalog::format;
use topside_catalog::session::model_name_short;
use topside_model::{DayUse, ModelId, ModelTally, Percent, Tally};
use unicode_width::UnicodeWidthStr;

use super::Page;
use super::chart::{spark, stacked};
use super::grid::{self, Cell, Column, figures, words};
use crate::screen::NARROW;
use crate::text::{left, right};
use crate::theme::{Role, Theme};

/// From this width on the days stand beside the chart.
const BESIDE: usize = 160;
/// Columns for names of lines, with blanks around them.
const LEAST_NAME: usize = 12;
const MOST_NAME: usize = 16;
/// Columns for sums of tokens and of cost at the right of the lines.
const TOKENS: usize = 8;
const COST: usize = 11;

const COLUMNS: [Column; 6] = [
    words("day", 0),
    figures("tokens", 0),
    figures("cost", 0),
    figures("a turn", 2),
    figures("cached", 1),
    words("models", 3),
];

pub(super) fn lines(page: &Page<'_>) -> Vec<Line<'static>> {
    if page.board.days.iter().all(|day| day.tally.replies == 0) {
        return vec![page.remark("No reply in the last 90 days.")];
    }
    if page.width < BESIDE {
        return [Chart::new(page).lines(), vec![Line::default()], days(page)].concat();
    }
    let width = page.width * 3 / 5;
    let mut lines = Chart::new(&Page { width, ..*page }).lines();
    let days = days(&Page { width: page.width - width - 1, ..*page });
    lines.resize(lines.len().max(days.len()), Line::default());
    for (line, day) in lines.iter_mut().zip(days) {
        line.push_span(" ".repeat((width + 1).saturating_sub(line.width())));
        line.extend(day);
    }
    lines
}

/// Bars and lines of the days that fit, one column each.
struct Chart<'a> {
    page: &'a Page<'a>,
    days: &'a [DayUse],
    /// What each of `names` used, by day.
    parts: Vec<Vec<Tally>>,
    /// Names of the models that used most, then of all others together where there are any.
    names: Vec<String>,
    /// Columns before the first day.
    gutter: usize,
    sums: bool,
}

impl<'a> Chart<'a> {
    fn new(page: &'a Page<'a>) -> Self {
        let (names, places) = names(&page.board.days);
        let widest = names.iter().map(|name| name.width()).max().unwrap_or(0);
        let narrow = page.width < usize::from(NARROW);
        let gutter = (widest + 2).clamp(LEAST_NAME, if narrow { LEAST_NAME } else { MOST_NAME });
        let room = page.width.saturating_sub(gutter + 1 + if narrow { 0 } else { TOKENS + COST });
        let days = &page.board.days;
        let days = &days[days.len().saturating_sub(room)..];
        let parts = days.iter().map(|day| parts(day, &places, names.len())).collect();
        Self { page, days, parts, names, gutter, sums: !narrow }
    }

    fn lines(&self) -> Vec<Line<'static>> {
        let mut lines = self.bars();
        lines.push(self.axis());
        let most = self.parts.iter().flatten().map(tokens).max().unwrap_or(0);
        for (place, name) in self.names.iter().enumerate() {
            let values = self.parts.iter().map(|parts| tokens(&parts[place]));
            let style = self.page.screen.theme.series(place);
            let line = spark(values, most, style);
            let mut sum = Tally::default();
            self.parts.iter().for_each(|parts| sum += &parts[place]);
            let cost = format::or_dash(format::cost(&sum), |cost| cost);
            lines.push(self.line(&Span::styled(name.clone(), style), line, [format::used(&sum), cost]));
        }
        lines.extend([self.cost(), self.cached()]);
        lines
    }

    /// Bars of all tokens, the most of a day at the left of its line.
    fn bars(&self) -> Vec<Line<'static>> {
        let bars: Vec<Vec<u64>> = self.parts.iter().map(|parts| parts.iter().map(tokens).collect()).collect();
        let most = self.days.iter().max_by_key(|day| tokens(&day.tally));
        let most = most.map(|day| format::used(&day.tally)).unwrap_or_default();
        let mut words = [most, "tokens".to_owned(), "a day".to_owned()].into_iter();
        let height = match self.page.height {
            0..18 => 4,
            18..30 => 6,
            30..40 => 11,
            _ => 16,
        };
        let styles: Vec<Style> = (0..=Theme::SERIES).map(|place| self.page.screen.theme.series(place)).collect();
        let named = |bars| {
            let word = words.next().unwrap_or_default();
            let mut line = Line::from(self.page.span(Role::Dim, format!("{} ", right(&word, self.gutter - 1))));
            line.extend::<Line<'static>>(bars);
            line
        };
        stacked(&bars, height, &styles).into_iter().map(named).collect()
    }

    /// Names of months below their first day, that of the first day at the left, titles of sums at the right.
    fn axis(&self) -> Line<'static> {
        let mut names = String::new();
        for (place, day) in self.days.iter().enumerate() {
            let first = place == 0 && day.date.day() < 24;
            let name = if first { day.date.strftime("%-d %b") } else { day.date.strftime("%b") }.to_string();
            if (first || day.date.day() == 1) && place + name.len() <= self.days.len() && names.len() <= place {
                names = left(&names, place) + &name + " ";
            }
        }
        let titles = ["tokens", "cost"].map(str::to_owned);
        self.line(&Span::raw(""), Line::from(self.page.span(Role::Dim, names)), titles)
    }

    fn cost(&self) -> Line<'static> {
        let micros = |day: &DayUse| day.tally.cost.money.as_micros();
        let most = self.days.iter().map(micros).max().unwrap_or(0);
        let line = spark(self.days.iter().map(micros), most, self.dim());
        let all = format::or_dash(format::cost(&self.all()), |cost| cost);
        self.line(&self.page.span(Role::Dim, "cost"), line, [String::new(), all])
    }

    fn cached(&self) -> Line<'static> {
        let share = |day: &DayUse| day.tally.cached_share().map_or(0, |Percent(share)| share as u64);
        let line = spark(self.days.iter().map(share), 100, self.dim());
        let all = format::or_dash(self.all().cached_share(), format::percent);
        self.line(&self.page.span(Role::Dim, "from cache"), line, [all, String::new()])
    }

    fn dim(&self) -> Style {
        self.page.screen.theme.style(Role::Dim)
    }

    /// All that was used on the days that fit.
    fn all(&self) -> Tally {
        let mut all = Tally::default();
        self.days.iter().for_each(|day| all += &day.tally);
        all
    }

    /// A name, what is drawn behind it, and sums at the right end.
    fn line(&self, name: &Span<'_>, picture: Line<'static>, [tokens, cost]: [String; 2]) -> Line<'static> {
        let words = format!(" {} ", left(&name.content, self.gutter - 2));
        let mut line = Line::from(Span::styled(words, name.style));
        line.extend(picture);
        if self.sums {
            line.push_span(" ".repeat((self.gutter + self.days.len()).saturating_sub(line.width())));
            line.push_span(self.page.span(Role::Text, right(&tokens, TOKENS)));
            line.push_span(self.page.span(Role::Text, right(&cost, COST)));
        }
        line
    }
}

/// What the models of each place used on a day.
fn parts(day: &DayUse, places: &Places<'_>, count: usize) -> Vec<Tally> {
    let mut parts = vec![Tally::default(); count];
    for model in &day.models {
        parts[places[&model.model.as_ref()]] += &model.tally;
    }
    parts
}

/// Place of each model among the names.
type Places<'a> = BTreeMap<Option<&'a ModelId>, usize>;

/// Short names of models, most tokens first; those for which there is no look of their own are counted together.
fn names(days: &[DayUse]) -> (Vec<String>, Places<'_>) {
    let mut models: BTreeMap<Option<&ModelId>, u64> = BTreeMap::new();
    for model in days.iter().flat_map(|day| &day.models) {
        let sum = models.entry(model.model.as_ref()).or_default();
        *sum = sum.saturating_add(tokens(&model.tally));
    }
    // Several models may have one short name.
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    for (model, tokens) in &models {
        let sum = sums.entry(name(*model)).or_default();
        *sum = sum.saturating_add(*tokens);
    }
    let mut sums: Vec<(String, u64)> = sums.into_iter().collect();
    sums.sort_by_key(|(_, tokens)| std::cmp::Reverse(*tokens));
    let mut names: Vec<String> = sums.into_iter().map(|(name, _)| name).collect();
    let others = names.split_off(names.len().min(Theme::SERIES));
    let place = |model| names.iter().position(|known| *known == name(model)).unwrap_or(names.len());
    let places = models.into_keys().map(|model| (model, place(model))).collect();
    names.extend((!others.is_empty()).then(|| format!("{} more", others.len())));
    (names, places)
}

fn name(model: Option<&ModelId>) -> String {
    model.map_or_else(|| "unknown".to_owned(), model_name_short)
}

fn tokens(tally: &Tally) -> u64 {
    tally.usage.total().0
}

/// Every day since the first with a reply, newest first.
fn days(page: &Page<'_>) -> Vec<Line<'static>> {
    let days = &page.board.days;
    let first = days.iter().position(|day| day.tally.replies > 0).unwrap_or(days.len());
    let rows: Vec<Vec<Cell>> = days[first..].iter().rev().map(|day| row(page, day)).collect();
    grid::lines(page, &COLUMNS, &rows)
}

fn row(page: &Page<'_>, day: &DayUse) -> Vec<Cell> {
    let role = if day.tally.replies == 0 { Role::Dim } else { Role::Text };
    let most = if page.width < 100 { 1 } else { 3 };
    let share = |model: &ModelTally| {
        let share = Percent(tokens(&model.tally) as f64 / tokens(&day.tally) as f64 * 100.0);
        format!("{} {}", name(model.model.as_ref()), format::percent(share))
    };
    let more = day.models.len().saturating_sub(most);
    let more = if more > 0 { format!(" +{more}") } else { String::new() };
    let models: Vec<String> = day.models.iter().take(most).map(share).collect();
    vec![
        (role, format::day(day.date)),
        (role, format::used(&day.tally)),
        (role, format::or_dash(format::cost(&day.tally), |cost| cost)),
        (Role::Dim, format::or_dash(format::cost_per_turn(&day.tally, day.turns), |cost| cost)),
        (Role::Dim, format::or_dash(day.tally.cached_share(), format::percent)),
        (Role::Dim, models.join(", ") + &more),
    ]
}
