//! A toy copy-on-write store in Rust that speaks cowcheck's line protocol (docs/protocol.md). Build: rustc -O toy.rs
//!
//! Try it:  npx cowcheck fuzz --command './toy'           it holds
//!          npx cowcheck fuzz --command './toy --wrong'   a seeded bug: a process that ends keeps one of its pages

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Read, Write as _};

const GREETING: &str = "cowcheck 1 name=toy-rust ops=fork,exit,read,write layout=data \
                        inspect=frame,writable,count,contents dialect=refusedAccess:signalled";

struct Frame {
    data: Vec<u8>,
    count: usize,
}

/// Frames by number; the pages of every living process; and whose child each process is, ended ones too.
#[derive(Default)]
struct Store {
    frames: Vec<Frame>,
    memory: BTreeMap<usize, Vec<usize>>,
    parent: BTreeMap<usize, Option<usize>>,
    gone: Vec<usize>,
}

impl Store {
    fn new(page_size: usize, pages: usize) -> Self {
        let byte = |page: usize, j: usize| (page * 31 + j + 1) as u8;
        let frame = |page| Frame { data: (0..page_size).map(|j| byte(page, j)).collect(), count: 1 };
        let mut store = Store { frames: (0..pages).map(frame).collect(), ..Store::default() };
        store.memory.insert(0, (0..pages).collect());
        store.parent.insert(0, None);
        store
    }

    fn fork(&mut self, process: usize, child: usize, limit: usize) -> String {
        if self.parent.contains_key(&child) {
            return "taken".into();
        }
        if self.parent.len() >= limit {
            return "refused processes".into();
        }
        let pages = self.memory[&process].clone();
        pages.iter().for_each(|&frame| self.frames[frame].count += 1);
        self.memory.insert(child, pages);
        self.parent.insert(child, Some(process));
        format!("forked {child} 0")
    }

    fn exit(&mut self, process: usize, wrong: bool) -> String {
        let pages = self.memory.remove(&process).unwrap_or_default();
        pages.iter().skip(usize::from(wrong)).for_each(|&frame| self.frames[frame].count -= 1);
        self.gone.push(process);
        for parent in self.parent.values_mut().filter(|parent| **parent == Some(process)) {
            *parent = None;
        }
        // init waits for its children at once; others stay taken until their parent ends.
        let memory = &self.memory;
        self.parent.retain(|child, parent| parent.is_some() || memory.contains_key(child));
        "ok".into()
    }

    fn read(&self, process: usize, page: usize, offset: usize, length: usize) -> String {
        let frame = match self.memory[&process].get(page) { Some(&frame) => frame, _ => return "signalled".into() };
        let bytes = &self.frames[frame].data[offset..offset + length];
        if length <= 64 {
            return format!("bytes {}", hex(bytes));
        }
        let step = |hash: u32, &byte: &u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        format!("digest {:08x}", bytes.iter().fold(0x811c_9dc5, step))
    }

    fn write(&mut self, process: usize, page: usize, offset: usize, length: usize, value: u32) -> String {
        let shared = match self.memory[&process].get(page) { Some(&frame) => frame, _ => return "signalled".into() };
        let mut frame = shared;
        if self.frames[shared].count > 1 {
            self.frames[shared].count -= 1;
            self.frames.push(Frame { data: self.frames[shared].data.clone(), count: 1 });
            frame = self.frames.len() - 1;
            self.memory.get_mut(&process).expect("it lives")[page] = frame;
        }
        let range = self.frames[frame].data[offset..offset + length].iter_mut();
        range.zip(value.to_le_bytes().iter().cycle()).for_each(|(byte, new)| *byte = *new);
        "ok".into()
    }

    /// Everything there is, after every op: simple, and always right.
    fn show(&mut self) -> String {
        let mut text = String::new();
        for process in std::mem::take(&mut self.gone).iter().filter(|one| !self.memory.contains_key(one)) {
            let _ = write!(text, " ; p {process} -");
        }
        for (process, pages) in &self.memory {
            let _ = write!(text, " ; p {process} {process}");
            for (page, &frame) in pages.iter().enumerate() {
                let bits = if self.frames[frame].count == 1 { 'w' } else { '-' };
                let _ = write!(text, " {page}:{frame}:{bits}");
            }
        }
        let frames = || self.frames.iter().enumerate();
        let count = |(n, f): (usize, &Frame)| format!(" {n}:{}:{}:0", f.count, u8::from(f.count == 0));
        let bytes = |(n, f): (usize, &Frame)| format!(" {n}:{}", hex(&f.data));
        text + " ; f" + &frames().map(count).collect::<String>() + " ; c" + &frames().map(bytes).collect::<String>()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn main() -> io::Result<()> {
    let wrong = std::env::args().any(|word| word == "--wrong");
    let (mut store, mut inspecting) = (Store::default(), false);
    let (mut page_size, mut limit, mut pages) = (8, 1, 0);
    let mut answer = |line: &str| -> String {
        let words: Vec<&str> = line.split(' ').collect();
        let n: Vec<usize> = words.iter().skip(1).map(|word| word.parse().unwrap_or(0)).collect();
        let said = match (words[0], n.as_slice()) {
            ("cowcheck", [1]) => return GREETING.into(),
            ("cowcheck", _) => return "error version 1 only".into(),
            ("sync", [number]) => return format!("sync {number}"),
            ("world", [size, most, _, on]) => { (page_size, limit, pages, inspecting) = (*size, *most, 0, *on == 1); return "ok".into() }
            ("image", _) => return { if pages == 0 { pages = words[2].len() } "ok".into() },
            ("inspect", [on]) => return { inspecting = *on == 1; "ok".into() },
            ("reset", _) => { store = Store::new(page_size, pages); "ok".into() }
            ("fork" | "exit" | "read" | "write", [p, ..]) if !store.memory.contains_key(p) => "absent".into(),
            ("fork", [p, child]) => store.fork(*p, *child, limit),
            ("exit", [p, _]) => store.exit(*p, wrong),
            ("read", [p, page, offset, length]) => store.read(*p, *page, *offset, *length),
            ("write", [p, page, offset, length, value]) => store.write(*p, *page, *offset, *length, *value as u32),
            _ => return format!("error there is no {} here", words[0]),
        };
        if inspecting { said + &store.show() } else { said }
    };
    // Answers go out when there is nothing more to read, so that batches are fast and a person can type.
    let (mut rest, mut chunk) = (Vec::new(), vec![0; 1 << 16]);
    loop {
        let read = io::stdin().read(&mut chunk)?;
        if read == 0 { return Ok(()); }
        rest.extend_from_slice(&chunk[..read]);
        let whole = rest.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        let lines: Vec<u8> = rest.drain(..whole).collect();
        let answers: String = String::from_utf8_lossy(&lines).lines().map(|line| answer(line) + "\n").collect();
        io::stdout().write_all(answers.as_bytes()).and_then(|()| io::stdout().flush())?;
    }
}
