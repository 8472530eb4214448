//! Files a session changed, latest first.

use ratatui::text::Line;
use topside_catalog::format;
use topside_catalog::text::shown_path;
use topside_model::{FileChange, FileTouch, elapsed};

use super::Page;
use crate::text::{fit_end, right};
use crate::theme::Role;

pub(super) fn lines(page: &Page<'_>) -> Vec<Line<'static>> {
    let files = &page.session.detail.files;
    if files.is_empty() {
        return page.nothing("No file was changed.");
    }
    files.iter().rev().map(|file| line(page, file)).collect()
}

fn line(page: &Page<'_>, file: &FileTouch) -> Line<'static> {
    let sign = match file.how {
        FileChange::Added => "+",
        FileChange::Updated => "~",
        FileChange::Deleted => "-",
    };
    let age = format::or_dash(file.at, |at| format::duration(elapsed(at, page.screen.now)));
    let times = if file.times > 1 { format!(" ×{}", file.times) } else { String::new() };
    let path = shown_path(&file.path);
    let path = fit_end(page.within(&path), page.width.saturating_sub(20));
    Line::from(vec![
        page.span(Role::Dim, right(&age, 8)),
        page.span(Role::Text, format!("  {sign} {path}")),
        page.span(Role::Dim, times),
    ])
}
