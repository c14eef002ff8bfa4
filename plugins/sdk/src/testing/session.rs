//! One instance of a strategy under the test host, called through its C tables.

use std::ffi::CStr;
use std::marker::PhantomData;
use std::ptr::null_mut;

use pressmark_abi as abi;
use pressmark_abi::{PmBytes, PmInstance, PmPage, PmStatus, PmStr};

use super::Output;
use super::host::{TestHost, TestList, TestSink};
use super::memory;
use crate::instance::{self, Instance};
use crate::{
    Access, Budget, Descriptor, Direction, Error, Interface, PackRequest, Page, Result, panics,
};

/// How an instance is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setup<'a> {
    /// Names and values, as a user writes them.
    pub(super) options: &'a [(&'a str, &'a str)],
    /// The seed.
    pub(super) seed: u64,
    /// Threads a strategy may keep busy.
    pub(super) max_threads: u32,
    /// Answer the first `progress` with "stop".
    pub(super) cancel: bool,
}

impl Default for Setup<'_> {
    fn default() -> Self {
        Self { options: &[], seed: 0, max_threads: 1, cancel: false }
    }
}

/// An instance; dropped with its host.
pub(super) struct Session {
    pub(super) descriptor: &'static Descriptor,
    pub(super) host: Box<TestHost>,
    instance: *mut PmInstance,
    sink: Box<TestSink>,
    ideal_bits: Option<f64>,
    base: i64,
    thread: PhantomData<*mut ()>,
}

impl Drop for Session {
    fn drop(&mut self) {
        // SAFETY: made by `create`, and not used again.
        memory::counted(|| unsafe { instance::destroy(self.instance) });
    }
}

fn bytes(bytes: &[u8]) -> PmBytes {
    PmBytes { ptr: bytes.as_ptr(), len: bytes.len() as u64 }
}

fn raw_page(page: &Page<'_>) -> PmPage {
    let text = |text: &str| PmStr { ptr: text.as_ptr().cast(), len: text.len() as u64 };
    let &Page { text: said, role, tool, turn, tokens } = page;
    PmPage { text: bytes(said), role: text(role), tool: text(tool), turn, tokens }
}

impl Session {
    pub(super) fn new(descriptor: &'static Descriptor, setup: Setup<'_>) -> Result<Self> {
        panics::keep_messages_and_print();
        let Setup { options, seed, max_threads, cancel } = setup;
        let host = TestHost::new(descriptor, options, seed, max_threads, cancel)?;
        let sink = Box::new(TestSink::new(u64::MAX));
        let base = memory::live();
        memory::restart();
        let mut made = null_mut();
        // SAFETY: the host is complete and outlives the instance.
        let status =
            memory::counted(|| unsafe { instance::create(descriptor, &host.table, &mut made) });
        if status != abi::OK {
            let message = host.heard.borrow_mut().error.take();
            return Err(Error::from_status(status, message.unwrap_or_default()));
        }
        let (ideal_bits, thread) = (None, PhantomData);
        Ok(Self { descriptor, host, instance: made, sink, ideal_bits, base, thread })
    }

    /// What was written and told since the session began.
    pub(super) fn output(mut self) -> Result<Output> {
        let host_peak = (memory::peak() - self.base).max(0) as u64;
        let heard = std::mem::take(&mut *self.host.heard.borrow_mut());
        Ok(Output {
            bytes: std::mem::take(&mut self.sink.bytes),
            metrics: heard.metrics,
            channels: heard.channels,
            series: heard.series,
            progress_calls: heard.progress_calls,
            ideal_bits: self.ideal_bits,
            host_peak,
        })
    }

    /// The pointer that the strategy answers for an id.
    pub(super) fn answer(&self, id: &CStr) -> *const std::ffi::c_void {
        // SAFETY: a live instance and a terminated text.
        unsafe { instance::get_interface(self.instance, id.as_ptr()) }
    }

    /// Whether the strategy stands behind an interface it lists.
    pub(super) fn provides(&mut self, interface: Interface) -> bool {
        // SAFETY: an instance of ours, and no call is under way.
        let strategy = unsafe { &mut (*self.instance.cast::<Instance>()).strategy };
        match interface {
            Interface::Codec => strategy.codec().is_some(),
            Interface::Stream => strategy.stream().is_some(),
            Interface::Prime => strategy.prime().is_some(),
            Interface::Trainable => strategy.trainable().is_some(),
            Interface::Model => strategy.model().is_some(),
            Interface::Compact => strategy.compact().is_some(),
            Interface::Cache => strategy.cache().is_some(),
            Interface::Explain => strategy.explain().is_some(),
            Interface::Pack => strategy.pack().is_some(),
        }
    }

    /// The table of an interface; `T` is its type.
    fn table<T>(&self, interface: Interface) -> Result<&'static T> {
        let table = self.answer(interface.id()).cast::<T>();
        // SAFETY: null, or constant data of the type that belongs to the id.
        unsafe { table.as_ref() }.ok_or_else(|| {
            let id = interface.id().to_string_lossy();
            Error::Unsupported(format!("the strategy does not list {id}"))
        })
    }

    /// A call of the plugin: counts its memory, and turns its status into an error with
    /// what the plugin said about it.
    fn call(&self, code: impl FnOnce() -> PmStatus) -> Result<()> {
        let status = memory::counted(code);
        if status == abi::OK {
            return Ok(());
        }
        let message = self.host.heard.borrow_mut().error.take();
        Err(Error::from_status(status, message.unwrap_or_default()))
    }

    pub(super) fn prime(&mut self, samples: &[&[u8]]) -> Result<()> {
        if samples.is_empty() {
            return Ok(());
        }
        let table = self.table::<abi::PmPrime>(Interface::Prime)?;
        let samples: Vec<PmBytes> = samples.iter().map(|sample| bytes(sample)).collect();
        let prime = table.prime.ok_or(NO_FUNCTION)?;
        // SAFETY: a live instance; the samples live through the call.
        self.call(|| unsafe { prime(self.instance, samples.as_ptr(), samples.len() as u64) })
    }

    pub(super) fn train(&mut self, samples: &[&[u8]]) -> Result<()> {
        let table = self.table::<abi::PmTrainable>(Interface::Trainable)?;
        let samples: Vec<PmBytes> = samples.iter().map(|sample| bytes(sample)).collect();
        let (train, sink) = (table.train.ok_or(NO_FUNCTION)?, self.sink.raw());
        // SAFETY: a live instance; samples and sink live through the call.
        self.call(|| unsafe { train(self.instance, samples.as_ptr(), samples.len() as u64, sink) })
    }

    pub(super) fn load(&mut self, model: &[u8]) -> Result<()> {
        let table = self.table::<abi::PmTrainable>(Interface::Trainable)?;
        let load = table.load.ok_or(NO_FUNCTION)?;
        // SAFETY: a live instance; the model lives through the call.
        self.call(|| unsafe { load(self.instance, bytes(model)) })
    }

    pub(super) fn encode(&mut self, input: &[u8]) -> Result<()> {
        let table = self.table::<abi::PmCodec>(Interface::Codec)?;
        let (encode, sink) = (table.encode.ok_or(NO_FUNCTION)?, self.sink.raw());
        // SAFETY: a live instance; input and sink live through the call.
        self.call(|| unsafe { encode(self.instance, bytes(input), sink) })?;
        if self.descriptor.interfaces.contains(&Interface::Model) {
            let table = self.table::<abi::PmModel>(Interface::Model)?;
            let code_length = table.code_length.ok_or(NO_FUNCTION)?;
            let mut bits = 0.0;
            // SAFETY: a live instance; `bits` lives through the call.
            self.call(|| unsafe { code_length(self.instance, &mut bits) })?;
            self.ideal_bits = Some(bits);
        }
        Ok(())
    }

    pub(super) fn decode(&mut self, archive: &[u8], decoded_len: u64) -> Result<()> {
        self.decode_within(archive, decoded_len, decoded_len)
    }

    /// Decodes into a sink that takes fewer bytes than announced.
    pub(super) fn decode_within(
        &mut self,
        archive: &[u8],
        decoded_len: u64,
        limit: u64,
    ) -> Result<()> {
        let table = self.table::<abi::PmCodec>(Interface::Codec)?;
        *self.sink = TestSink::new(limit);
        let (decode, sink) = (table.decode.ok_or(NO_FUNCTION)?, self.sink.raw());
        // SAFETY: a live instance; archive and sink live through the call.
        self.call(|| unsafe { decode(self.instance, bytes(archive), decoded_len, sink) })
    }

    pub(super) fn bound(&mut self, input_len: u64) -> Result<Option<u64>> {
        let table = self.table::<abi::PmCodec>(Interface::Codec)?;
        // SAFETY: a live instance.
        Ok(table.bound.map(|bound| unsafe { bound(self.instance, input_len) }))
    }

    pub(super) fn symbol_costs(&mut self, input: &[u8]) -> Result<Vec<f64>> {
        let table = self.table::<abi::PmModel>(Interface::Model)?;
        let symbol_costs = table.symbol_costs.ok_or(NO_FUNCTION)?;
        let mut bits = vec![f64::NAN; input.len()];
        // SAFETY: a live instance; `bits` has one entry per byte of the input.
        self.call(|| unsafe { symbol_costs(self.instance, bytes(input), bits.as_mut_ptr()) })?;
        Ok(bits)
    }

    pub(super) fn explain(&mut self, input: &[u8]) -> Result<()> {
        let table = self.table::<abi::PmExplain>(Interface::Explain)?;
        let (explain, sink) = (table.explain.ok_or(NO_FUNCTION)?, self.sink.raw());
        // SAFETY: a live instance; input and sink live through the call.
        self.call(|| unsafe { explain(self.instance, bytes(input), sink) })
    }

    pub(super) fn stream(
        &mut self,
        direction: Direction,
        total_len: Option<u64>,
        input: &[u8],
        piece: usize,
    ) -> Result<()> {
        let table = self.table::<abi::PmStream>(Interface::Stream)?;
        let (Some(begin), Some(push), Some(finish)) = (table.begin, table.push, table.finish)
        else {
            return Err(NO_FUNCTION);
        };
        let (direction, limit) = match direction {
            Direction::Encode => (abi::STREAM_ENCODE, u64::MAX),
            Direction::Decode => (abi::STREAM_DECODE, total_len.unwrap_or(u64::MAX)),
        };
        *self.sink = TestSink::new(limit);
        let (total_len, sink) = (total_len.unwrap_or(u64::MAX), self.sink.raw());
        // SAFETY: a live instance; the sink lives in the session, pieces through the call.
        unsafe {
            self.call(|| begin(self.instance, direction, total_len, sink))?;
            for piece in input.chunks(piece.max(1)) {
                self.call(|| push(self.instance, bytes(piece)))?;
            }
            self.call(|| finish(self.instance))
        }
    }

    /// A `push` where nothing has begun.
    pub(super) fn push_early(&mut self) -> Result<()> {
        let table = self.table::<abi::PmStream>(Interface::Stream)?;
        let push = table.push.ok_or(NO_FUNCTION)?;
        // SAFETY: a live instance.
        self.call(|| unsafe { push(self.instance, bytes(b"early")) })
    }

    pub(super) fn compact(&mut self, document: &[u8], budget: Budget) -> Result<TestList> {
        let table = self.table::<abi::PmCompact>(Interface::Compact)?;
        let (compact, sink) = (table.compact.ok_or(NO_FUNCTION)?, self.sink.raw());
        let (amount, unit) = budget.to_raw();
        let mut kept = TestList::default();
        // SAFETY: a live instance; document, sink and list live through the call.
        self.call(|| unsafe {
            compact(self.instance, bytes(document), amount, unit, sink, kept.raw())
        })?;
        Ok(kept)
    }

    /// What the sink holds.
    pub(super) fn written(&self) -> &[u8] {
        &self.sink.bytes
    }

    pub(super) fn pack(&mut self, request: &PackRequest<'_>) -> Result<TestList> {
        let table = self.table::<abi::PmPack>(Interface::Pack)?;
        *self.sink = TestSink::new(u64::MAX);
        let (pack, sink) = (table.pack.ok_or(NO_FUNCTION)?, self.sink.raw());
        let pages: Vec<PmPage> = request.pages.iter().map(raw_page).collect();
        let mut chosen = TestList::default();
        // SAFETY: a live instance; question, pages, sink and list live through the call.
        self.call(|| unsafe {
            pack(
                self.instance,
                bytes(request.question),
                pages.as_ptr(),
                pages.len() as u64,
                request.budget,
                request.mode.to_raw(),
                sink,
                chosen.raw(),
            )
        })?;
        Ok(chosen)
    }

    pub(super) fn cache(&self) -> Result<&'static abi::PmCache> {
        self.table::<abi::PmCache>(Interface::Cache)
    }

    pub(super) fn reset(&mut self, capacity: u64) -> Result<()> {
        let reset = self.cache()?.reset.ok_or(NO_FUNCTION)?;
        // SAFETY: a live instance.
        self.call(|| unsafe { reset(self.instance, capacity) })
    }

    pub(super) fn begin_turn(&mut self, turn: u64) -> Result<[TestList; 2]> {
        let begin_turn = self.cache()?.begin_turn.ok_or(NO_FUNCTION)?;
        let mut lists = [TestList::default(), TestList::default()];
        let [evicted, prefetched] = &mut lists;
        // SAFETY: a live instance; the lists live through the call.
        self.call(|| unsafe { begin_turn(self.instance, turn, evicted.raw(), prefetched.raw()) })?;
        Ok(lists)
    }

    pub(super) fn access(&mut self, access: &Access, hit: &mut u8) -> Result<[TestList; 2]> {
        let function = self.cache()?.access.ok_or(NO_FUNCTION)?;
        let mut lists = [TestList::default(), TestList::default()];
        let [evicted, prefetched] = &mut lists;
        let access = (&raw const *access).cast();
        // SAFETY: a live instance; all pointers live through the call.
        self.call(|| unsafe {
            function(self.instance, access, hit, evicted.raw(), prefetched.raw())
        })?;
        Ok(lists)
    }

    pub(super) fn access_batch(
        &mut self,
        accesses: &[Access],
        hits: &mut [u8],
    ) -> Result<[TestList; 2]> {
        let function = self.cache()?.access_batch.ok_or(NO_FUNCTION)?;
        let mut lists = [TestList::default(), TestList::default()];
        let [evicted, prefetched] = &mut lists;
        let (count, accesses) = (accesses.len() as u64, accesses.as_ptr().cast());
        let hits = hits.as_mut_ptr();
        // SAFETY: a live instance; as many hits as accesses; all live through the call.
        self.call(|| unsafe {
            function(self.instance, accesses, count, hits, evicted.raw(), prefetched.raw())
        })?;
        Ok(lists)
    }

    /// Accesses without an audit, each in a call of its own or all in one; what is told is added
    /// to the lists.
    pub(super) fn drive(
        &mut self,
        accesses: &[Access],
        hits: &mut [u8],
        [evicted, prefetched]: &mut [TestList; 2],
        batch: bool,
    ) -> Result<()> {
        let table = self.cache()?;
        let single = table.access.ok_or(NO_FUNCTION)?;
        let whole = table.access_batch.ok_or(NO_FUNCTION)?;
        let (instance, evicted, prefetched) = (self.instance, evicted.raw(), prefetched.raw());
        self.call(|| {
            if batch {
                let hits = hits[..accesses.len()].as_mut_ptr();
                let (count, accesses) = (accesses.len() as u64, accesses.as_ptr().cast());
                // SAFETY: a live instance; as many hits as accesses; all live through the call.
                return unsafe { whole(instance, accesses, count, hits, evicted, prefetched) };
            }
            let mut both = accesses.iter().zip(hits);
            let status = both.try_for_each(|(access, hit)| {
                // SAFETY: a live instance; all pointers live through the call.
                let status = unsafe {
                    single(instance, (&raw const *access).cast(), hit, evicted, prefetched)
                };
                if status == abi::OK { Ok(()) } else { Err(status) }
            });
            status.err().unwrap_or(abi::OK)
        })
    }
}

const NO_FUNCTION: Error = Error::Unsupported(String::new());
