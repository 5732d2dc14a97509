//! The thread at the directory: it waits until something moves and then is quiet, reads all of it, and looks
//! from time to time all the same. A watch can die without a word: when the folder itself is replaced, when
//! the system has no more of them.

use super::store::Store;
use super::{Mail, Shared};
use crate::life::{Event, News, Sight};
use crate::snapshot::Snapshot;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::thread;

/// For how many debounces a directory may go on moving before it is read nevertheless.
const RESTLESS_MAX: usize = 10;

pub(super) struct Desk {
    shared: Arc<Shared>,
    store: Option<Store>,
    /// The digest that was read last.
    seen: Option<String>,
    watch: Option<RecommendedWatcher>,
}

impl Desk {
    pub fn of(shared: Arc<Shared>, store: Option<Store>, seen: Option<String>) -> Desk {
        let dir = shared.settings.dir.clone();
        let watch = dir.as_ref().and_then(|it| watch(it, shared.mail.clone()));
        let mut desk = Desk { shared, store, seen, watch };
        if let Some(dir) = dir {
            // Between the first reading and the watch something may have moved.
            desk.look(&dir);
        }
        desk
    }

    /// Until the keeper goes.
    pub fn run(mut self, letters: &Receiver<Mail>) {
        let Some(dir) = self.shared.settings.dir.clone() else {
            while letters.recv().is_ok_and(|it| self.deal(it)) {}
            return;
        };
        loop {
            match letters.recv_timeout(self.shared.settings.poll) {
                Ok(Mail::Stirred) => {
                    self.shared.feed(Event::Stirred, None);
                    if !self.wait_until_quiet(letters) {
                        return;
                    }
                    self.look(&dir);
                }
                Ok(mail) => {
                    if !self.deal(mail) {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    if self.look(&dir) || self.watch.is_none() {
                        self.watch = watch(&dir, self.shared.mail.clone());
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Whether to go on afterwards.
    fn wait_until_quiet(&mut self, letters: &Receiver<Mail>) -> bool {
        for _ in 0..RESTLESS_MAX {
            thread::sleep(self.shared.settings.debounce);
            let mut stirred = false;
            for mail in letters.try_iter() {
                stirred |= matches!(mail, Mail::Stirred);
                if !self.deal(mail) {
                    return false;
                }
            }
            if !stirred {
                break;
            }
        }
        true
    }

    /// Whether it holds something else than when it was read last.
    fn look(&mut self, dir: &Path) -> bool {
        let (sight, snapshot) = match Snapshot::read(dir) {
            Err(it) => {
                (Sight::Nothing(format!("policy directory {} cannot be read: {it}", dir.display())), None)
            }
            Ok(it) if it.is_empty() => {
                (Sight::Nothing(format!("policy directory {} is empty", dir.display())), None)
            }
            Ok(it) => {
                let files = it.names().map(str::to_owned).collect();
                (Sight::Content { digest: it.digest(), files }, Some(Arc::new(it)))
            }
        };
        let seen = match &sight {
            Sight::Content { digest, .. } => Some(digest.clone()),
            Sight::Nothing(_) => None,
        };
        let changed = seen != self.seen;
        self.seen = seen;
        self.shared.feed(Event::Seen(sight), snapshot.as_ref());
        changed
    }

    /// Whether to go on afterwards.
    fn deal(&mut self, mail: Mail) -> bool {
        match mail {
            Mail::Stop => return false,
            Mail::Tell(news) => (self.shared.hear)(&news),
            Mail::Keep(snapshot) => self.keep(&snapshot),
            Mail::KeepQuarantine => {
                let quarantine = self.shared.lock().life.quarantine.clone();
                let written = self.store.as_ref().map(|it| it.write_quarantine(&quarantine));
                self.complain(written);
            }
            Mail::Stirred => {}
        }
        true
    }

    fn keep(&mut self, snapshot: &Snapshot) {
        let written = self.store.as_ref().map(|it| it.write(snapshot));
        if matches!(written, Some(Ok(()))) {
            self.shared.lock().last_good = Some(snapshot.digest());
        }
        self.complain(written);
    }

    fn complain(&self, written: Option<std::io::Result<()>>) {
        if let (Some(Err(why)), Some(place)) = (written, &self.shared.settings.last_good) {
            let text = format!("what worked cannot be kept in {}: {why}", place.display());
            (self.shared.hear)(&News::Note(text));
        }
    }
}

/// Of the directory, never of a file in it: a kubelet swaps all of them at once, and a watch on one is dead
/// after the first time. None where the system gives no watch.
fn watch(dir: &Path, mail: Sender<Mail>) -> Option<RecommendedWatcher> {
    let stir = move |event: notify::Result<notify::Event>| {
        // Reading it is no change, else one reading would be the reason of the next.
        if !matches!(event, Ok(notify::Event { kind: EventKind::Access(_), .. })) {
            let _ = mail.send(Mail::Stirred);
        }
    };
    let mut watcher = notify::recommended_watcher(stir).ok()?;
    watcher.watch(dir, RecursiveMode::NonRecursive).ok()?;
    Some(watcher)
}
