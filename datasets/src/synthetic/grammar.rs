//! A small language for text with choices, and its interpreter.
//!
//! A grammar is lists of words and rules:
//!
//! ```text
//! = animal cat dog bird fox                a list of words
//! =n thing ball box leaf/leaves            nouns: form 1 is the plural
//! =v act play run go/went/going            verbs: form 1 is the past, form 2 "-ing"
//! : greeting                               a rule; each line below is one way
//! Hello, <name>! {Nice|Good} to see you.   {a|b} chooses, <x> is a list, rule or name
//! ```
//!
//! Earlier ways and words are likelier (Zipf and Mandelbrot). `_` in a list is a
//! space, `<a>` is "a" or "an", `<,>` turns the full stop of a quotation that ends
//! here into a comma, `<x.1>` the second form of a word, `<X>` (first
//! letter large) the same with a large first letter, `{?…}` stands every other time,
//! `\n` is a line feed. A name is set by the program for each text.

use std::collections::HashMap;

use super::inflect;
use super::rng::{Rng, Zipf, mix};

/// A compiled grammar.
pub(super) struct Grammar {
    lists: Vec<List>,
    rules: Vec<Choice>,
    names: HashMap<String, Symbol>,
}

struct List {
    words: Vec<Vec<String>>,
    zipf: Zipf,
}

struct Choice {
    ways: Vec<Vec<Op>>,
    zipf: Zipf,
}

enum Op {
    Text(Box<str>),
    Choice(Choice),
    Maybe(Vec<Op>),
    Article { large: bool },
    Comma,
    Word { list: usize, form: usize, large: bool },
    Rule { rule: usize, large: bool },
    Variable { variable: usize, large: bool },
}

#[derive(Clone, Copy)]
enum Symbol {
    List(usize),
    Rule(usize),
    Variable(usize),
}

/// Heads of the distributions: larger is flatter.
const WORD_SHIFT: u64 = 10;
const WAY_SHIFT: u64 = 12;
/// Words of a list that are taken again within one text, and how often, of 16.
const RECENT: usize = 4;
const AGAIN: u64 = 2;
/// How often, of 16, a word is one of those that go with the word before it.
const TOGETHER: u64 = 3;
/// How many words of a list go with each word.
const COMPANIONS: u64 = 6;

impl Grammar {
    /// Compiles `source`; `variables` are the names that the program sets.
    ///
    /// An error says what is wrong: grammars are part of the program, and a test
    /// compiles each.
    pub(super) fn compile(source: &str, variables: &[&str]) -> Result<Self, String> {
        let mut names: HashMap<String, Symbol> = HashMap::new();
        for (number, name) in variables.iter().enumerate() {
            names.insert((*name).to_owned(), Symbol::Variable(number));
        }
        let mut lists: Vec<(String, Vec<Vec<String>>)> = Vec::new();
        let mut rules: Vec<(String, Vec<&str>)> = Vec::new();
        for line in source.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
            if let Some(rest) = line.strip_prefix('=') {
                let mut words = rest.split(' ');
                let inflect: fn(&str) -> Vec<String> = match words.next() {
                    Some("n") => inflect::noun,
                    Some("v") => inflect::verb,
                    _ => inflect::none,
                };
                let name = words.next().ok_or("a list without a name")?;
                let words = words.map(|word| {
                    let given = word.split('/').map(|form| form.replace('_', " "));
                    let mut forms: Vec<String> = given.collect();
                    let derived = inflect(&forms[0]);
                    forms.extend(derived.into_iter().skip(forms.len() - 1));
                    forms
                });
                // A list may go on in a second line of the same name.
                match lists.iter_mut().find(|(known, _)| known == name) {
                    Some((_, known)) => known.extend(words),
                    None => lists.push((name.to_owned(), words.collect())),
                }
            } else if let Some(name) = line.strip_prefix(": ") {
                rules.push((name.to_owned(), Vec::new()));
            } else if !line.starts_with('#') {
                rules.last_mut().ok_or("a way before the first rule")?.1.push(line);
            }
        }
        for (number, (name, _)) in lists.iter().enumerate() {
            names.insert(name.clone(), Symbol::List(number));
        }
        for (number, (name, _)) in rules.iter().enumerate() {
            names.insert(name.clone(), Symbol::Rule(number));
        }
        let rules = rules
            .iter()
            .map(|(name, ways)| {
                let ways: Result<Vec<_>, String> =
                    ways.iter().map(|way| Parser::new(way, &names).sequence(true)).collect();
                choice(ways.map_err(|error| format!("rule {name}: {error}"))?)
                    .ok_or_else(|| format!("rule {name} is empty"))
            })
            .collect::<Result<_, _>>()?;
        let lists = lists
            .into_iter()
            .map(|(_, words)| List { zipf: Zipf::new(words.len(), WORD_SHIFT), words })
            .collect();
        Ok(Grammar { lists, rules, names })
    }

    /// The first rule or list called `name`.
    fn symbol(&self, name: &str) -> Option<Symbol> {
        self.names.get(name).copied()
    }
}

fn choice(ways: Vec<Vec<Op>>) -> Option<Choice> {
    (!ways.is_empty()).then(|| Choice { zipf: Zipf::new(ways.len(), WAY_SHIFT), ways })
}

/// Reads one way of a rule.
struct Parser<'a> {
    rest: &'a str,
    names: &'a HashMap<String, Symbol>,
}

impl<'a> Parser<'a> {
    fn new(rest: &'a str, names: &'a HashMap<String, Symbol>) -> Self {
        Parser { rest, names }
    }

    /// Operations up to `|`, `}` or the end; only the outermost may meet the end.
    fn sequence(&mut self, outermost: bool) -> Result<Vec<Op>, String> {
        let mut ops = Vec::new();
        loop {
            let end = self.rest.find(['{', '<', '|', '}']).unwrap_or(self.rest.len());
            let (text, rest) = self.rest.split_at(end);
            if !text.is_empty() {
                ops.push(Op::Text(text.replace("\\n", "\n").into()));
            }
            self.rest = rest;
            match rest.bytes().next() {
                None if outermost => return Ok(ops),
                None => return Err("a brace is not closed".into()),
                Some(b'|' | b'}') if !outermost => return Ok(ops),
                Some(b'|' | b'}') => return Err(format!("unexpected {rest:.10}")),
                Some(b'{') => ops.push(self.braces()?),
                Some(_) => ops.push(self.slot()?),
            }
        }
    }

    fn braces(&mut self) -> Result<Op, String> {
        self.rest = &self.rest[1..];
        let maybe = self.rest.strip_prefix('?');
        self.rest = maybe.unwrap_or(self.rest);
        let mut ways = Vec::new();
        loop {
            ways.push(self.sequence(false)?);
            let closed = self.rest.starts_with('}');
            self.rest = &self.rest[1..];
            if closed {
                break;
            }
        }
        let single = ways.len() == 1;
        let op = match (single, ways.pop()) {
            (true, Some(way)) if maybe.is_some() => return Ok(Op::Maybe(way)),
            (_, Some(way)) => {
                ways.push(way);
                Op::Choice(choice(ways).ok_or("an empty choice")?)
            }
            (_, None) => return Err("an empty choice".into()),
        };
        Ok(if maybe.is_some() { Op::Maybe(vec![op]) } else { op })
    }

    fn slot(&mut self) -> Result<Op, String> {
        let end = self.rest.find('>').ok_or("a slot is not closed")?;
        let slot = &self.rest[1..end];
        self.rest = &self.rest[end + 1..];
        if let "a" | "A" = slot {
            return Ok(Op::Article { large: slot == "A" });
        }
        if slot == "," {
            return Ok(Op::Comma);
        }
        let (name, form) = match slot.split_once('.') {
            Some((name, form)) => (name, form.parse().map_err(|_| format!("form of <{slot}>"))?),
            None => (slot, 0),
        };
        let small = name[..1].to_ascii_lowercase() + &name[1..];
        let large = small != name;
        match self.names.get(&small) {
            Some(&Symbol::List(list)) => Ok(Op::Word { list, form, large }),
            Some(&Symbol::Rule(rule)) => Ok(Op::Rule { rule, large }),
            Some(&Symbol::Variable(variable)) => Ok(Op::Variable { variable, large }),
            None => Err(format!("<{slot}> is not known")),
        }
    }
}

/// Writes texts of a grammar, one after the other.
pub(super) struct Writer<'g> {
    grammar: &'g Grammar,
    pub(super) rng: Rng,
    /// The values of the names.
    pub(super) variables: Vec<String>,
    /// The words last drawn from each list in this text.
    recent: Vec<Vec<usize>>,
    /// A mark of the word last drawn.
    last: u64,
    /// Where an article was written in this text.
    articles: Vec<usize>,
}

impl<'g> Writer<'g> {
    pub(super) fn new(grammar: &'g Grammar, rng: Rng, variables: usize) -> Self {
        Writer {
            grammar,
            rng,
            variables: vec![String::new(); variables],
            recent: vec![Vec::new(); grammar.lists.len()],
            last: 0,
            articles: Vec::new(),
        }
    }

    /// Forgets which words were used: a new text begins.
    pub(super) fn forget(&mut self) {
        self.recent.iter_mut().for_each(Vec::clear);
        self.last = 0;
    }

    /// Appends a text of the rule or list called `name`.
    pub(super) fn write(&mut self, name: &str, out: &mut Vec<u8>) {
        self.articles.clear();
        match self.grammar.symbol(name) {
            Some(Symbol::Rule(rule)) => self.rule(rule, out),
            Some(Symbol::List(list)) => self.word(list, 0, out),
            _ => {}
        }
        // From the last to the first, so that the places hold.
        while let Some(at) = self.articles.pop() {
            if matches!(out.get(at + 2), Some(b'a' | b'e' | b'i' | b'o' | b'u')) {
                out.insert(at + 1, b'n');
            }
        }
    }

    fn rule(&mut self, rule: usize, out: &mut Vec<u8>) {
        let grammar = self.grammar;
        self.choose(&grammar.rules[rule], out);
    }

    fn choose(&mut self, choice: &'g Choice, out: &mut Vec<u8>) {
        let way = choice.zipf.draw(&mut self.rng);
        self.run(&choice.ways[way], out);
    }

    fn run(&mut self, ops: &'g [Op], out: &mut Vec<u8>) {
        for op in ops {
            let start = out.len();
            match op {
                Op::Text(text) => out.extend_from_slice(text.as_bytes()),
                Op::Choice(choice) => self.choose(choice, out),
                Op::Maybe(ops) => {
                    if self.rng.chance(1, 2) {
                        self.run(ops, out);
                    }
                }
                Op::Article { .. } => {
                    self.articles.push(start);
                    out.push(b'a');
                }
                Op::Comma => {
                    if let [.., stop @ b'.', b'"'] = out.as_mut_slice() {
                        *stop = b',';
                    }
                }
                Op::Word { list, form, .. } => self.word(*list, *form, out),
                Op::Rule { rule, .. } => self.rule(*rule, out),
                Op::Variable { variable, .. } => {
                    out.extend_from_slice(self.variables[*variable].as_bytes());
                }
            }
            if let Op::Article { large: true }
            | Op::Word { large: true, .. }
            | Op::Rule { large: true, .. }
            | Op::Variable { large: true, .. } = op
                && let Some(first) = out.get_mut(start)
            {
                first.make_ascii_uppercase();
            }
        }
    }

    /// One word of a list: one used before in this text, one that goes with the word
    /// before it, or any.
    fn word(&mut self, list: usize, form: usize, out: &mut Vec<u8>) {
        let List { words, zipf } = &self.grammar.lists[list];
        let recent = &mut self.recent[list];
        let dice = self.rng.below(16);
        let index = if dice < AGAIN && !recent.is_empty() {
            *self.rng.pick(recent)
        } else if dice < AGAIN + TOGETHER {
            // Companions are themselves drawn by frequency, each with its own luck.
            let mut luck = Rng::new(mix(self.last ^ ((list as u64) << 32)));
            let skip = self.rng.below(COMPANIONS).min(self.rng.below(COMPANIONS));
            for _ in 0..skip {
                luck.next();
            }
            zipf.draw(&mut luck)
        } else {
            zipf.draw(&mut self.rng)
        };
        // No word twice running.
        let index = if self.last == mark(list, index) { zipf.draw(&mut self.rng) } else { index };
        if !recent.contains(&index) {
            if recent.len() == RECENT {
                recent.remove(0);
            }
            recent.push(index);
        }
        self.last = mark(list, index);
        let forms = &words[index];
        let word = forms.get(form).or(forms.first()).map_or("", String::as_str);
        out.extend_from_slice(word.as_bytes());
    }
}

/// A number that stands for a word.
fn mark(list: usize, index: usize) -> u64 {
    ((list as u64) << 32) | index as u64
}
