//! A line of what is still to be sent. Whoever puts something in never waits; when it is full, what has
//! waited longest goes.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

#[derive(Debug)]
pub struct Queue<T> {
    most: usize,
    line: Mutex<VecDeque<T>>,
    came: Notify,
}

impl<T> Queue<T> {
    /// Room for so many; at least one.
    #[must_use]
    pub fn new(most: usize) -> Queue<T> {
        Queue { most: most.max(1), line: Mutex::new(VecDeque::new()), came: Notify::new() }
    }

    /// False: something older was dropped to make room.
    pub fn push(&self, it: T) -> bool {
        let mut line = self.line();
        let full = line.len() >= self.most;
        if full {
            line.pop_front();
        }
        line.push_back(it);
        drop(line);
        self.came.notify_one();
        !full
    }

    /// The next, as soon as there is one. One taker at a time.
    pub async fn next(&self) -> T {
        loop {
            if let Some(it) = self.line().pop_front() {
                return it;
            }
            self.came.notified().await;
        }
    }

    #[must_use]
    pub fn waiting(&self) -> usize {
        self.line().len()
    }

    /// It stays usable whoever panicked with it.
    fn line(&self) -> MutexGuard<'_, VecDeque<T>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn the_oldest_goes_when_there_is_no_room() {
        let queue = Queue::new(2);
        assert_eq!([1, 2, 3, 4].map(|it| queue.push(it)), [true, true, false, false]);
        assert_eq!(queue.waiting(), 2);
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            assert_eq!([queue.next().await, queue.next().await], [3, 4]);
            assert_eq!(queue.waiting(), 0);
            // One that waits is woken.
            let queue = Arc::new(queue);
            let waits = tokio::spawn({
                let queue = queue.clone();
                async move { queue.next().await }
            });
            tokio::task::yield_now().await;
            assert!(queue.push(5));
            assert_eq!(waits.await.expect("it ends"), 5);
        });
    }
}
