//! A codec that stores its input as it is, except for one fault.

use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use pressmark_sdk::{Codec, Error, Host, Result, Sink, Strategy};

use crate::faults;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each strategy's doc says it")]
pub(crate) enum Fault {
    None,
    NullWrite,
    Abort,
    Panic,
    PanicValue,
    Loop,
    Alloc,
    Malloc,
    Exit,
    Print,
    Status,
    Nondeterministic,
    OutputForever,
    Fork,
    StackOverflow,
    CloseFds,
    WrongBytes,
    WrongLength,
    TooLong,
    PanicDecode,
    CrashDecode,
    LoopDecode,
    LeakState,
    HangCreate,
    PanicCreate,
    FailCreate,
    PanicDrop,
    LeakMemory,
}

pub(crate) struct Bad {
    fault: Fault,
}

/// What `bad.leak_state` smuggles from its encoder to a decoder in the same process.
static SMUGGLED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

impl Bad {
    pub(crate) fn create(_host: &Host, fault: Fault) -> Result<Box<dyn Strategy>> {
        match fault {
            Fault::HangCreate => faults::spin(),
            Fault::PanicCreate => panic!("a panic on purpose, in create"),
            Fault::FailCreate => Err(Error::Failed("a failure on purpose, in create".into())),
            _ => Ok(Box::new(Self { fault })),
        }
    }
}

impl Drop for Bad {
    fn drop(&mut self) {
        if self.fault == Fault::PanicDrop {
            panic!("a panic on purpose, in drop");
        }
    }
}

impl Strategy for Bad {
    fn codec(&mut self) -> Option<&mut dyn Codec> {
        Some(self)
    }
}

impl Codec for Bad {
    fn encode(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
        match self.fault {
            Fault::NullWrite => faults::write_to_page_zero(),
            Fault::Abort => std::process::abort(),
            Fault::Panic => panic!("a panic on purpose, in encode"),
            Fault::PanicValue => std::panic::panic_any(42),
            Fault::Loop => faults::spin(),
            Fault::Alloc => faults::allocate_without_end(),
            Fault::Malloc => {
                faults::malloc_without_end();
                return Err(Error::NoMemory);
            }
            Fault::Exit => std::process::exit(0),
            Fault::Print => {
                println!("noise on standard output");
                eprintln!("noise on standard error");
            }
            Fault::Status => return Err(Error::Failed("a failure on purpose".into())),
            Fault::OutputForever => loop {
                out.write(&[b'x'; 4096])?;
            },
            Fault::Fork => faults::leave_a_child(),
            Fault::StackOverflow => {
                faults::recurse(0);
            }
            Fault::CloseFds => faults::close_descriptors(),
            Fault::LeakMemory => std::mem::forget(std::hint::black_box(vec![1_u8; 1 << 20])),
            Fault::Nondeterministic => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                out.write(&now.as_nanos().to_le_bytes())?;
            }
            Fault::LeakState => {
                *SMUGGLED.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = input.to_vec();
                return out.push(0);
            }
            _ => {}
        }
        out.write(input)
    }

    fn decode(&mut self, archive: &[u8], _decoded_len: u64, out: &mut Sink<'_>) -> Result<()> {
        match self.fault {
            Fault::WrongBytes => {
                let mut bytes = archive.to_vec();
                if let Some(last) = bytes.last_mut() {
                    *last ^= 1;
                }
                out.write(&bytes)
            }
            Fault::WrongLength => out.write(&archive[..archive.len().saturating_sub(1)]),
            Fault::TooLong => out.write(&[archive, b"!"].concat()),
            Fault::PanicDecode => panic!("a panic on purpose, in decode"),
            Fault::CrashDecode => faults::write_to_page_zero(),
            Fault::LoopDecode => faults::spin(),
            Fault::LeakState => {
                out.write(&SMUGGLED.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
            }
            Fault::Nondeterministic => out.write(archive.get(16..).unwrap_or_default()),
            _ => out.write(archive),
        }
    }
}
