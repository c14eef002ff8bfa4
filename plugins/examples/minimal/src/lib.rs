//! The smallest useful plugin: each byte is predicted from the byte before it, bit by
//! bit, and coded with a binary arithmetic coder.

#![forbid(unsafe_code)]

use pressmark_sdk::{
    Capabilities, Codec, Descriptor, Host, Interface, OptionSpec, Options, Result, Sink, Strategy,
    export_plugin, version,
};

export_plugin! { id: "example_minimal", strategies: [ORDER1] }

const ORDER1: Descriptor = Descriptor {
    id: c"example.order1",
    name: c"Order-1 bits",
    version: version!(),
    license: c"MIT OR Apache-2.0",
    vendor: c"pressmark",
    doc: c"Adaptive bit probabilities in the context of the previous byte, arithmetically coded.",
    format_version: 1,
    capabilities: Capabilities::PURE_CODEC,
    options: &[OptionSpec::int(
        c"rate",
        c"A probability moves by 1/2^rate of its error at each bit.",
        c"",
        4,
        1..=8,
    )],
    interfaces: &[Interface::Codec],
    create: |host, options| Ok(Box::new(Order1::new(host, options)?)),
};

/// One probability, of 65536, that the next bit is 1, per previous byte and bits so far.
struct Order1 {
    host: Host,
    rate: usize,
    ones: Vec<u16>,
}

impl Order1 {
    fn new(host: &Host, options: &Options<'_>) -> Result<Self> {
        let rate = options.size(c"rate")?;
        Ok(Self { host: host.clone(), rate, ones: vec![1 << 15; 256 * 256] })
    }

    /// Codes `len` bytes: `bit` is told where the range is split, and answers with the bit.
    fn run(
        &mut self,
        len: u64,
        mut bit: impl FnMut(u64, u32, u16) -> Result<bool>,
        mut done: impl FnMut(u8) -> Result<()>,
    ) -> Result<()> {
        let mut previous = 0;
        for position in 0..len {
            if position % 4096 == 0 {
                self.host.progress(position, len)?;
            }
            let mut node = 1;
            for shift in (0..8).rev() {
                let ones = &mut self.ones[previous << 8 | node];
                let one = bit(position, shift, *ones)?;
                let target = if one { 65_535 } else { 0 };
                *ones = (i32::from(*ones) + ((target - i32::from(*ones)) >> self.rate)) as u16;
                node = node << 1 | usize::from(one);
            }
            previous = node & 255;
            done(previous as u8)?;
        }
        Ok(())
    }
}

/// Where a range is split for a probability of a 1; both parts keep at least one value.
fn split(low: u32, high: u32, ones: u16) -> u32 {
    low + ((u64::from(high - low) * u64::from(ones.clamp(32, 65_503))) >> 16) as u32
}

impl Strategy for Order1 {
    fn codec(&mut self) -> Option<&mut dyn Codec> {
        Some(self)
    }
}

impl Codec for Order1 {
    fn encode(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
        let (mut low, mut high) = (0, u32::MAX);
        self.run(
            input.len() as u64,
            |position, shift, ones| {
                let one = input[position as usize] >> shift & 1 == 1;
                let middle = split(low, high, ones);
                if one {
                    high = middle
                } else {
                    low = middle + 1
                }
                while (low ^ high) >> 24 == 0 {
                    out.push((high >> 24) as u8)?;
                    (low, high) = (low << 8, high << 8 | 255);
                }
                Ok(one)
            },
            |_| Ok(()),
        )?;
        // One byte more decides between all that is left of the range; the decoder reads
        // zeros past the end.
        out.push((high >> 24) as u8)
    }

    fn decode(&mut self, archive: &[u8], decoded_len: u64, out: &mut Sink<'_>) -> Result<()> {
        let (mut low, mut high) = (0, u32::MAX);
        let mut bytes = archive.iter().copied().chain(std::iter::repeat(0));
        let mut next = move || u32::from(bytes.next().unwrap_or(0));
        let mut code = (0..4).fold(0, |code, _| code << 8 | next());
        self.run(
            decoded_len,
            |_, _, ones| {
                let middle = split(low, high, ones);
                let one = code <= middle;
                if one {
                    high = middle
                } else {
                    low = middle + 1
                }
                while (low ^ high) >> 24 == 0 {
                    (low, high, code) = (low << 8, high << 8 | 255, code << 8 | next());
                }
                Ok(one)
            },
            |byte| out.push(byte),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pressmark_sdk::testing;

    #[test]
    fn keeps_the_contract() {
        testing::conformance(&ORDER1);
    }

    #[test]
    fn a_text_of_few_letters_shrinks_to_a_fraction() {
        let run = testing::roundtrip(&ORDER1, &[("rate", "5")], &[], &b"abc".repeat(1000)).unwrap();
        assert!(run.bytes.len() < 100, "{} bytes", run.bytes.len());
        // The table of probabilities, two bytes each, and little else.
        assert!((131_072..140_000).contains(&run.host_peak), "{} bytes", run.host_peak);
    }
}
