//! A terminal's output as text with its looks. Knows the sequences that tmux writes (`capture-pane -e`): SGR with colours
//! of the palette of 256, bold, dim, underlined, reversed.

/// How a piece of text looks.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    /// Places in the palette; `None` is the terminal's own colour.
    pub(super) ink: Option<u8>,
    pub(super) paper: Option<u8>,
    pub(super) bold: bool,
    pub(super) dim: bool,
    pub(super) underlined: bool,
    pub(super) reversed: bool,
}

/// Pieces of a line, each of one look.
pub(super) type Line = Vec<(Look, String)>;

/// Reads lines with their looks, which go on from one line to the next.
pub(super) fn read(text: &str) -> Vec<Line> {
    let mut look = Look::default();
    text.lines().map(|line| read_line(line, &mut look)).collect()
}

fn read_line(line: &str, look: &mut Look) -> Line {
    let mut pieces = Vec::new();
    for (place, part) in line.split("\x1b[").enumerate() {
        let text = match part.split_once('m').filter(|_| place > 0) {
            Some((codes, text)) => {
                apply(codes, look);
                text
            }
            None => part,
        };
        if !text.is_empty() {
            pieces.push((*look, text.to_owned()));
        }
    }
    pieces
}

/// Applies the codes of one sequence.
fn apply(codes: &str, look: &mut Look) {
    let mut codes = codes.split(';').map(|code| code.parse::<u8>().unwrap_or(0));
    while let Some(code) = codes.next() {
        match code {
            0 => *look = Look::default(),
            1 => look.bold = true,
            2 => look.dim = true,
            4 => look.underlined = true,
            7 => look.reversed = true,
            22 => (look.bold, look.dim) = (false, false),
            24 => look.underlined = false,
            27 => look.reversed = false,
            30..=37 => look.ink = Some(code - 30),
            38 => look.ink = codes.nth(1),
            39 => look.ink = None,
            40..=47 => look.paper = Some(code - 40),
            48 => look.paper = codes.nth(1),
            49 => look.paper = None,
            90..=97 => look.ink = Some(code - 82),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_go_on_until_they_are_taken_back() {
        let lines = read("a\x1b[1;38;5;215mb\nc\x1b[22;39;48;5;237md\x1b[0m\x1b[7me\x1b[m");
        let bold = Look { bold: true, ink: Some(215), ..Look::default() };
        let paper = Look { paper: Some(237), ..Look::default() };
        let reversed = Look { reversed: true, ..Look::default() };
        let piece = |look, text: &str| (look, text.to_owned());
        assert_eq!(lines[0], [piece(Look::default(), "a"), piece(bold, "b")]);
        assert_eq!(lines[1], [piece(bold, "c"), piece(paper, "d"), piece(reversed, "e")]);
    }

    #[test]
    fn the_sixteen_colours_have_short_codes() {
        let look = |codes| read(&format!("\x1b[{codes}mx"))[0][0].0;
        assert_eq!(look("31").ink, Some(1));
        assert_eq!(look("91").ink, Some(9));
        assert_eq!(look("44").paper, Some(4));
    }
}
