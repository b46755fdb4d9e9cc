//! The same work on many items, on all processors.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Returns what the work makes of each item, in their order. Fewer than `few` items are not worth a second thread.
pub fn map<T: Sync, R: Send>(items: &[T], few: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    // Asking for the processors takes as long as starting a thread.
    let threads = match items.len() {
        all if all < few => 1,
        all => std::thread::available_parallelism().map_or(2, usize::from).min(all),
    };
    if threads <= 1 {
        return items.iter().map(work).collect();
    }
    let some = || {
        let mut res = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(it) = items.get(at) else { return res };
            res.push((at, work(it)));
        }
    };
    let mut done: Vec<(usize, R)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(some)).collect();
        workers.into_iter().flat_map(|it| it.join().expect("the work does not panic")).collect()
    });
    done.sort_unstable_by_key(|it| it.0);
    done.into_iter().map(|it| it.1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_items() {
        let items: Vec<usize> = (0..1000).collect();
        // The first items take longest.
        let slow = |it: &usize| {
            std::thread::sleep(std::time::Duration::from_micros(if *it < 4 { 500 } else { 0 }));
            it * 2
        };
        let wanted: Vec<usize> = items.iter().map(|it| it * 2).collect();
        for few in [2, 5000] {
            assert_eq!(map(&items, few, slow), wanted);
        }
        assert!(map(&[] as &[usize], 2, slow).is_empty());
    }
}
