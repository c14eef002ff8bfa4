//! A drawing surface over plotters' SVG backend, with the colours of the report.
//!
//! Every colour is written as its light value. A rule per colour
//! (`[fill="#1F2328"] { … }` inside a dark media query) replaces it in dark mode,
//! so that a viewer which knows no style sheets still shows a correct picture.

use plotters::prelude::{DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, FontTransform, IntoFont, RGBColor, ShapeStyle, TextStyle};

/// A colour of the report, in its light and its dark value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ink {
    light: u32,
    dark: u32,
}

const fn ink(light: u32, dark: u32) -> Ink {
    Ink { light, dark }
}

pub(crate) const PAPER: Ink = ink(0xff_ff_ff, 0x0d_11_17);
pub(crate) const TEXT: Ink = ink(0x1f_23_28, 0xe6_ed_f3);
pub(crate) const MUTED: Ink = ink(0x59_63_6e, 0x9a_a4_af);
pub(crate) const GRID: Ink = ink(0xd9_de_e4, 0x2b_31_3a);
/// Strategies of this project.
pub(crate) const OURS: Ink = ink(0x09_69_da, 0x58_a6_ff);
/// Peers they are compared with.
pub(crate) const PEER: Ink = ink(0x9a_67_00, 0xd2_99_22);
/// Curves, in order of use.
pub(crate) const CURVES: [Ink; 8] = [
    ink(0x0a_5f_c2, 0x60_ab_ff),
    ink(0xbc_4c_00, 0xf0_88_3e),
    ink(0x1a_7f_37, 0x3f_b9_50),
    ink(0x82_50_df, 0xbc_8c_ff),
    ink(0xcf_22_2e, 0xff_7b_72),
    ink(0x1b_7c_83, 0x39_c5_cf),
    ink(0xbf_39_89, 0xf7_78_ba),
    ink(0x6a_5f_00, 0xc9_b9_3a),
];

/// Height of the text, pixels.
pub(crate) const FONT: f64 = 12.0;

/// Width a text takes at [`FONT`], at most: that of DejaVu Sans, the widest of the usual sans-serif
/// fonts and the only one on a bare Debian. Enough to keep labels apart, not to set type.
pub(crate) fn text_width(text: &str) -> i32 {
    let em: f64 = text
        .chars()
        .map(|c| match c {
            'i' | 'l' | 'j' | '.' | ',' | '\'' | '|' | ' ' | ':' => 0.34,
            't' | 'f' | 'r' | '-' | '(' | ')' => 0.42,
            'm' | 'w' | 'M' | 'W' | '@' | '%' | '=' | '+' => 1.0,
            'A'..='Z' => 0.78,
            c if c.is_ascii() => 0.64,
            _ => 1.0,
        })
        .sum();
    (em * FONT).ceil() as i32
}

/// The text, cut with an ellipsis if it would be wider than `width` pixels.
pub(crate) fn fit(text: &str, width: i32) -> String {
    if text_width(text) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if text_width(&kept) + text_width("…") > width {
            kept.pop();
            break;
        }
    }
    kept.trim_end().to_owned() + "…"
}

/// Which side of its anchor a text stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    /// Begins at the anchor.
    Left,
    /// Is centred on the anchor.
    Middle,
    /// Ends at the anchor.
    Right,
}

/// An SVG picture in the making; coordinates are pixels from the top left.
pub(crate) struct Canvas<'a> {
    backend: SVGBackend<'a>,
    pub(crate) width: i32,
}

impl<'a> Canvas<'a> {
    fn new(target: &'a mut String, width: i32, height: i32) -> Self {
        let size = (width.max(1) as u32, height.max(1) as u32);
        Canvas { backend: SVGBackend::with_string(target, size), width }
    }

    /// Draws a picture and returns it as an SVG document.
    ///
    /// `description` is what a screen reader says.
    pub(crate) fn draw(
        width: i32,
        height: i32,
        description: &str,
        paint: impl FnOnce(&mut Canvas<'_>),
    ) -> String {
        let mut svg = String::new();
        let mut canvas = Canvas::new(&mut svg, width, height);
        canvas.rect((0, 0), (width, height), PAPER, 1.0);
        paint(&mut canvas);
        // A string target cannot fail.
        let _ = canvas.backend.present();
        drop(canvas);
        let label = crate::html::escape(description);
        svg.replacen(
            "<svg ",
            &format!("<svg class=\"plot\" role=\"img\" aria-label=\"{label}\" "),
            1,
        )
    }

    pub(crate) fn line(&mut self, from: (i32, i32), to: (i32, i32), ink: Ink) {
        self.polyline(&[from, to], ink, 1);
    }

    pub(crate) fn polyline(&mut self, points: &[(i32, i32)], ink: Ink, width: u32) {
        let style = ShapeStyle { color: rgba(ink, 1.0), filled: false, stroke_width: width };
        let _ = self.backend.draw_path(points.iter().copied(), &style);
    }

    pub(crate) fn rect(&mut self, from: (i32, i32), to: (i32, i32), ink: Ink, opacity: f64) {
        let style = ShapeStyle { color: rgba(ink, opacity), filled: true, stroke_width: 0 };
        let _ = self.backend.draw_rect(from, to, &style, true);
    }

    /// The outline of a rectangle.
    pub(crate) fn frame(&mut self, from: (i32, i32), to: (i32, i32), ink: Ink) {
        let style = ShapeStyle { color: rgba(ink, 1.0), filled: false, stroke_width: 1 };
        let _ = self.backend.draw_rect(from, to, &style, false);
    }

    /// A disc for our strategies, a diamond for peers: told apart without colour.
    pub(crate) fn marker(&mut self, at: (i32, i32), peer: bool) {
        let (x, y) = at;
        let style = |ink| ShapeStyle { color: rgba(ink, 1.0), filled: true, stroke_width: 1 };
        if peer {
            let diamond = [(x, y - 6), (x + 6, y), (x, y + 6), (x - 6, y), (x, y - 6)];
            let _ = self.backend.fill_polygon(diamond, &style(PEER));
            self.polyline(&diamond, PAPER, 1);
        } else {
            let _ = self.backend.draw_circle(at, 5, &style(OURS), true);
            let ring = ShapeStyle { color: rgba(PAPER, 1.0), filled: false, stroke_width: 1 };
            let _ = self.backend.draw_circle(at, 5, &ring, false);
        }
    }

    /// A small disc that marks a point of a curve.
    pub(crate) fn dot(&mut self, at: (i32, i32), ink: Ink) {
        let style = ShapeStyle { color: rgba(ink, 1.0), filled: true, stroke_width: 0 };
        let _ = self.backend.draw_circle(at, 3, &style, true);
    }

    /// A line of text whose middle is at the height of the anchor.
    pub(crate) fn text(&mut self, text: &str, at: (i32, i32), align: Align, ink: Ink) {
        self.styled(text, at, align, ink, FontStyle::Normal, FontTransform::None);
    }

    /// As [`Canvas::text`], in bold.
    pub(crate) fn bold(&mut self, text: &str, at: (i32, i32), align: Align, ink: Ink) {
        self.styled(text, at, align, ink, FontStyle::Bold, FontTransform::None);
    }

    /// Text that reads upwards, centred on the anchor.
    pub(crate) fn upwards(&mut self, text: &str, at: (i32, i32), ink: Ink) {
        self.styled(text, at, Align::Middle, ink, FontStyle::Normal, FontTransform::Rotate270);
    }

    fn styled(
        &mut self,
        text: &str,
        at: (i32, i32),
        align: Align,
        ink: Ink,
        style: FontStyle,
        transform: FontTransform,
    ) {
        let horizontal = match align {
            Align::Left => HPos::Left,
            Align::Middle => HPos::Center,
            Align::Right => HPos::Right,
        };
        // The backend divides the size of a font by 1.24.
        let font = ("sans-serif", FONT * 1.24).into_font().style(style).transform(transform);
        let color = rgba(ink, 1.0);
        let style = TextStyle::from(font).color(&color).pos(Pos::new(horizontal, VPos::Center));
        // XML has no way to write control characters.
        let text: String =
            text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        let _ = self.backend.draw_text(&text, &style, at);
    }
}

fn rgba(ink: Ink, opacity: f64) -> plotters::style::RGBAColor {
    let [_, r, g, b] = ink.light.to_be_bytes();
    RGBColor(r, g, b).mix(opacity)
}

/// Rules that give every colour of a plot its dark value, for a style sheet.
///
/// `scope` goes before each selector; put the rules into a dark media query.
pub(crate) fn dark_rules(scope: &str) -> String {
    let mut rules = String::new();
    for ink in [PAPER, TEXT, MUTED, GRID, OURS, PEER].iter().chain(&CURVES) {
        for property in ["fill", "stroke"] {
            let (light, dark) = (ink.light, ink.dark);
            rules += &format!("{scope}[{property}=\"#{light:06X}\"]{{{property}:#{dark:06X}}}");
        }
    }
    rules
}

/// The picture as a file of its own, with the rules for dark mode inside.
pub(crate) fn standalone(svg: &str) -> String {
    let style = format!("<style>@media (prefers-color-scheme:dark){{{}}}</style>", dark_rules(""));
    match svg.find('>') {
        Some(end) => format!("{}{style}{}", &svg[..=end], &svg[end + 1..]),
        None => svg.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_cannot_leave_its_element() {
        let svg = Canvas::draw(100, 20, "a \"<b>\" & c", |canvas| {
            canvas.text(
                "</text><script>alert('x')</script>&\u{0}\u{7}",
                (0, 10),
                Align::Left,
                TEXT,
            );
        });
        assert!(!svg.contains("<script") && !svg.contains('\u{0}'), "{svg}");
        assert!(svg.contains("&lt;script&gt;") && svg.contains("&amp;\u{fffd}\u{fffd}"), "{svg}");
        assert!(svg.contains("aria-label=\"a &quot;&lt;b&gt;&quot; &amp; c\""), "{svg}");
    }

    #[test]
    fn every_colour_has_a_dark_value() {
        let svg = Canvas::draw(100, 100, "colours", |canvas| {
            for ink in CURVES {
                canvas.polyline(&[(0, 0), (9, 9)], ink, 2);
            }
            canvas.marker((5, 5), true);
            canvas.marker((5, 5), false);
            canvas.text("x", (0, 10), Align::Left, MUTED);
        });
        let rules = dark_rules("");
        for attribute in svg.split_whitespace().filter(|a| a.contains("=\"#")) {
            let attribute = attribute.trim_end_matches("/>").trim_end_matches('>');
            assert!(rules.contains(&format!("[{attribute}]")), "{attribute} has no dark value");
        }
    }

    #[test]
    fn long_labels_are_cut() {
        assert_eq!(fit("short", 100), "short");
        let cut = fit(&"word ".repeat(40), 100);
        assert!(cut.ends_with('…') && text_width(&cut) <= 100, "{cut}");
    }
}
