//! Colours by meaning. A shape or a word carries the same meaning everywhere, so no theme is needed to read the screen.

use ratatui::style::{Color, Modifier, Style};

/// A set of colours.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Theme {
    /// For dark backgrounds.
    #[default]
    Dark,
    /// For light backgrounds.
    Light,
    /// For dark backgrounds and every kind of colour vision: orange and blue of the Okabe-Ito palette, no red or green.
    ColourSafe,
    /// No colours: bold, dim and reversed only.
    Plain,
}

/// What a piece of the screen means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Ordinary text.
    Text,
    /// What matters less: units, what is over, what is not known.
    Dim,
    /// Lines between parts.
    Rule,
    /// Names of parts.
    Title,
    /// A person is needed.
    Need,
    /// Something runs out or was left behind: worth a look, nobody is asked for anything.
    Warning,
    /// It failed.
    Failure,
    /// The filled part of a gauge or bar.
    Fill,
    /// A key that does something here and now.
    Key,
    /// The row under the cursor.
    Selected,
    /// The picture is not real.
    Demo,
}

impl Theme {
    /// Every theme, in the order `T` goes through them.
    pub const ALL: [Self; 4] = [Self::Dark, Self::Light, Self::ColourSafe, Self::Plain];

    /// Parts of a picture that have a look of their own.
    pub const SERIES: usize = 5;

    /// Its name in settings.
    pub fn id(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::ColourSafe => "colour-safe",
            Self::Plain => "plain",
        }
    }

    /// The theme for a terminal that describes itself by the variable `COLORFGBG`: ink and paper as numbers of the palette
    /// of 16, `0;15` or `0;default;15`, of which 7 and 9 to 15 are light. Konsole, rxvt and iTerm2 set it; without it,
    /// the paper is taken to be dark.
    pub fn for_terminal(colorfgbg: Option<&str>) -> Self {
        let paper = colorfgbg.and_then(|colours| colours.rsplit(';').next()).and_then(|paper| paper.parse::<u8>().ok());
        if matches!(paper, Some(7 | 9..=15)) { Self::Light } else { Self::Dark }
    }

    /// The theme after this one.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Dark => Self::Light,
            Self::Light => Self::ColourSafe,
            Self::ColourSafe => Self::Plain,
            Self::Plain => Self::Dark,
        }
    }

    /// How `role` looks.
    pub fn style(self, role: Role) -> Style {
        let Some(colours) = self.colours() else { return plain(role) };
        let fg = |index| Style::new().fg(Color::Indexed(index));
        match role {
            Role::Text => Style::new(),
            Role::Dim => fg(colours.dim),
            Role::Rule => fg(colours.rule),
            Role::Title => fg(colours.title).add_modifier(Modifier::BOLD),
            Role::Need => fg(colours.need).add_modifier(Modifier::BOLD),
            Role::Warning => fg(colours.need),
            Role::Failure => fg(colours.failure).add_modifier(Modifier::BOLD),
            Role::Fill => fg(colours.fill),
            Role::Key => Style::new().add_modifier(Modifier::BOLD),
            Role::Selected => Style::new().bg(Color::Indexed(colours.selected)),
            Role::Demo => fg(colours.dim).add_modifier(Modifier::REVERSED | Modifier::BOLD),
        }
    }

    /// How the part at `place` of a picture looks that is made of several, largest first. What is behind the last of
    /// [`Theme::SERIES`] looks like what matters less.
    pub fn series(self, place: usize) -> Style {
        let Some(colours) = self.colours() else { return Style::new() };
        Style::new().fg(Color::Indexed(colours.series.get(place).copied().unwrap_or(colours.dim)))
    }

    fn colours(self) -> Option<Colours> {
        match self {
            Self::Dark => Some(Colours {
                dim: 245,
                rule: 239,
                title: 252,
                need: 215,
                failure: 203,
                fill: 110,
                selected: 237,
                series: [110, 73, 140, 108, 252],
            }),
            Self::Light => Some(Colours {
                dim: 242,
                rule: 250,
                title: 236,
                need: 130,
                failure: 160,
                fill: 25,
                selected: 254,
                series: [25, 37, 97, 65, 236],
            }),
            Self::ColourSafe => Some(Colours {
                dim: 246,
                rule: 240,
                title: 255,
                need: 214,
                failure: 175,
                fill: 74,
                selected: 238,
                series: [74, 195, 31, 117, 255],
            }),
            Self::Plain => None,
        }
    }
}

/// Places in the terminal's palette of 256.
struct Colours {
    dim: u8,
    rule: u8,
    title: u8,
    need: u8,
    failure: u8,
    fill: u8,
    selected: u8,
    /// Told apart by how bright they are too.
    series: [u8; Theme::SERIES],
}

fn plain(role: Role) -> Style {
    match role {
        Role::Text | Role::Fill => Style::new(),
        Role::Dim | Role::Rule => Style::new().add_modifier(Modifier::DIM),
        Role::Title | Role::Need | Role::Warning | Role::Key => Style::new().add_modifier(Modifier::BOLD),
        Role::Failure => Style::new().add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
        Role::Selected => Style::new().add_modifier(Modifier::REVERSED),
        Role::Demo => Style::new().add_modifier(Modifier::REVERSED | Modifier::BOLD),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_with_light_paper_gets_the_light_theme() {
        for (said, theme) in [
            (None, Theme::Dark),
            (Some("15;0"), Theme::Dark),
            (Some("0;15"), Theme::Light),
            (Some("0;default;15"), Theme::Light),
            (Some("0;7"), Theme::Light),
            (Some("7;8"), Theme::Dark),
            (Some("default;default"), Theme::Dark),
            (Some(""), Theme::Dark),
        ] {
            assert_eq!(Theme::for_terminal(said), theme, "{said:?}");
        }
    }
}
