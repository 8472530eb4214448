//! A screen as a page for a browser.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar as _;

use super::cells::{Line, Look};

/// Pixels of a cell.
pub(super) const CELL: (u16, u16) = (8, 17);
/// Blank pixels around the screen.
pub(super) const FRAME: u16 = 10;
/// Pixels of the letters. The font's advance is 0.602 of that.
const LETTERS: &str = "13.28px";

/// The page for a screen of this size.
pub(super) fn html(lines: &[Line], (width, _): (u16, u16), theme: &str) -> String {
    let (ink, paper) = if theme == "light" { ("#24292f", "#ffffff") } else { ("#d4d4d4", "#16181d") };
    let mut page = format!(
        "<!doctype html><meta charset=utf-8><style>\
         body{{margin:{FRAME}px;background:{paper};color:{ink};font:{LETTERS} 'DejaVu Sans Mono',monospace}}\
         p{{margin:0;height:{height}px;line-height:{height}px;width:{line}px;white-space:pre;overflow:hidden}}\
         span{{padding:1px 0}}\
         i{{display:inline-block;font-style:normal;height:{height}px;vertical-align:top;overflow:hidden;text-align:center}}\
         </style>",
        height = CELL.1,
        line = width * CELL.0,
    );
    for line in lines {
        page.push_str("<p>");
        for (look, text) in line {
            let _ = write!(page, "<span style=\"{}\">", style(*look, ink, paper));
            text.chars().for_each(|c| push(&mut page, c));
            page.push_str("</span>");
        }
        page.push_str("</p>");
    }
    page
}

/// Writes a character. One that the font may lack gets a box of exactly its cells, so that columns hold.
fn push(page: &mut String, c: char) {
    match (c, c.width().unwrap_or(0)) {
        ('<', _) => page.push_str("&lt;"),
        ('&', _) => page.push_str("&amp;"),
        (' '..='~', _) | (_, 0) => page.push(c),
        (_, cells) => {
            let _ = write!(page, "<i style=\"width:{}px\">{c}</i>", usize::from(CELL.0) * cells);
        }
    }
}

fn style(look: Look, ink: &str, paper: &str) -> String {
    let colour = |place: Option<u8>, own: &str| place.map_or_else(|| own.to_owned(), palette);
    let (mut front, mut back) = (colour(look.ink, ink), colour(look.paper, paper));
    if look.reversed {
        std::mem::swap(&mut front, &mut back);
    }
    let mut style = format!("color:{front};background:{back}");
    for (is, css) in
        [(look.bold, ";font-weight:bold"), (look.dim, ";opacity:.6"), (look.underlined, ";text-decoration:underline")]
    {
        style.push_str(if is { css } else { "" });
    }
    style
}

/// A colour of the palette of 256: sixteen named ones (xterm's), a cube, a ramp of greys.
fn palette(place: u8) -> String {
    const NAMED: [u32; 16] = [
        0x00_0000, 0xcd_0000, 0x00_cd00, 0xcd_cd00, 0x00_00ee, 0xcd_00cd, 0x00_cdcd, 0xe5_e5e5, 0x7f_7f7f, 0xff_0000,
        0x00_ff00, 0xff_ff00, 0x5c_5cff, 0xff_00ff, 0x00_ffff, 0xff_ffff,
    ];
    let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * u32::from(step) };
    let rgb = match place {
        0..16 => NAMED[usize::from(place)],
        16..232 => {
            let cube = place - 16;
            level(cube / 36) << 16 | level(cube / 6 % 6) << 8 | level(cube % 6)
        }
        232.. => (8 + 10 * u32::from(place - 232)) * 0x01_0101,
    };
    format!("#{rgb:06x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_palette_is_that_of_terminals() {
        for (place, colour) in
            [(1, "#cd0000"), (16, "#000000"), (215, "#ffaf5f"), (231, "#ffffff"), (232, "#080808"), (255, "#eeeeee")]
        {
            assert_eq!(palette(place), colour, "{place}");
        }
    }

    #[test]
    fn text_cannot_become_markup_and_wide_signs_get_their_cells() {
        let page = html(&[vec![(Look::default(), "<b>&日".to_owned())]], (10, 1), "dark");
        assert!(page.contains("&lt;b>&amp;<i style=\"width:16px\">日</i>"), "{page}");
    }
}
