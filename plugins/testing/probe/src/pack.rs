//! `probe.pack`: the last whole pages that fit, each on lines of its own.

use pressmark_sdk::{
    Chosen, Descriptor, Interface, OptionSpec, Pack, PackRequest, Result, Sink, Strategy,
    count_tokens,
};

use crate::PROBE;

pub(crate) const PACK: Descriptor = Descriptor {
    id: c"probe.pack",
    doc: c"The last pages that fit the budget whole; with `over`, so many tokens too many.",
    options: &[OptionSpec::int(c"over", c"Tokens beyond the budget.", c"tokens", 0, 0..=100)],
    interfaces: &[Interface::Pack],
    create: |_, options| Ok(Box::new(LastPages { over: options.int(c"over")? as u64 })),
    ..PROBE
};

struct LastPages {
    over: u64,
}

impl Strategy for LastPages {
    fn pack(&mut self) -> Option<&mut dyn Pack> {
        Some(self)
    }
}

impl Pack for LastPages {
    fn pack(
        &mut self,
        request: &PackRequest<'_>,
        out: &mut Sink<'_>,
        chosen: &mut Chosen<'_>,
    ) -> Result<()> {
        let mut written = Vec::new();
        for (number, page) in request.pages.iter().enumerate().rev() {
            let more = [&written, page.text, b"\n"].concat();
            if count_tokens(&more) > request.budget {
                break;
            }
            written = more;
            chosen.add(number as u64)?;
        }
        if self.over > 0 {
            let missing = request.budget + self.over - count_tokens(&written);
            written.extend(std::iter::repeat_n(b'.', 4 * missing as usize));
        }
        out.write(&written)
    }
}
