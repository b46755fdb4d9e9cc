//! The same work on many items, on all processors.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Returns what the work makes of each item, in their order. Fewer than `few` items are not worth a second thread.
pub fn map<T: Sync, R: Send>(items: &[T], few: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let most = if items.len() < few { 1 } else { items.len() };
    let parts = fold(items, most, Vec::new, |res, at, it| res.push((at, work(it))));
    let mut done: Vec<(usize, R)> = parts.into_iter().flatten().collect();
    done.sort_unstable_by_key(|it| it.0);
    done.into_iter().map(|it| it.1).collect()
}

/// Shows each item and its number to one of at most `most` threads; returns what each of these threads made of its items.
pub fn fold<T: Sync, A: Send>(
    items: &[T],
    most: usize,
    init: impl Fn() -> A + Sync,
    see: impl Fn(&mut A, usize, &T) + Sync,
) -> Vec<A> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut res = init();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(it) = items.get(at) else { return res };
            see(&mut res, at, it);
        }
    };
    // Asking for the processors takes as long as starting a thread.
    let threads = match most {
        0 | 1 => 1,
        _ => std::thread::available_parallelism().map_or(1, usize::from).min(most),
    };
    if threads == 1 {
        return vec![work()];
    }
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|it| it.join().expect("the work does not panic")).collect()
    })
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
