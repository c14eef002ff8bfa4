//! temporary
use pressmark_coding::cost::{BIT, CostTable};
use pressmark_coding::range::Pricer;
use pressmark_coding::token::{Kind, tokenise};
use pressmark_program::literal::LiteralModel;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let text = std::fs::read(&args[1]).unwrap();
    let prime = args.get(2).map(|p| std::fs::read(p).unwrap()).unwrap_or_default();
    let t = std::time::Instant::now();
    let costs = CostTable::new();
    let mut model = LiteralModel::new(text.len() + prime.len());
    let mut cost = 0; let mut lex = pressmark_coding::lexicon::Lexicon::default(); let mut n=0u64;
    for (k, part) in [&prime, &text].into_iter().enumerate() {
        let mut tokens = Vec::new();
        tokenise(part, 0, &mut tokens);
        model.begin_text();
        let mut kinds = [0u64; 2];
        for t in &tokens {
            let mut pricer = Count(Pricer::new(&costs),0);
            let id = lex.number(t.kind, t.bytes(part)); model.pass(&mut pricer, &lex, id);
            kinds[(t.kind == Kind::Gap) as usize] += pricer.0.total; n += pricer.1;
        }
        if k == 1 { cost = kinds[0] + kinds[1]; println!("tokens {} words {:.4} gaps {:.4}", tokens.len(), kinds[0] as f64/BIT as f64/text.len() as f64, kinds[1] as f64/BIT as f64/text.len() as f64); }
    }
    println!("decisions {n}"); println!("{} {:.4} bpb {:.2} MB/s", args[1], cost as f64 / BIT as f64 / text.len() as f64, (text.len()+prime.len()) as f64 / 1e6 / t.elapsed().as_secs_f64());
}

struct Count<'a>(Pricer<'a>, u64);
impl pressmark_coding::range::BitIo for Count<'_> { fn bit(&mut self, p: u16, b: bool) -> bool { self.1 += 1; self.0.bit(p, b) } }
