// What is to be done later, by the time at which it is due.
// Must not read a clock: it is told what time it is.

import HeapModule
import NIOCore

/// Something that is done once, unless it is cancelled before. Belongs to its loop's thread.
package final class LoopTimer {
    fileprivate let deadline: NIODeadline
    /// Counts the timers: of those that are due at once, the first comes first.
    fileprivate let number: UInt64
    fileprivate var work: (() -> Void)?

    fileprivate init(deadline: NIODeadline, number: UInt64, work: @escaping () -> Void) {
        self.deadline = deadline
        self.number = number
        self.work = work
    }

    package func cancel() { work = nil }

    func fire() {
        let work = work
        self.work = nil
        work?()
    }
}

extension LoopTimer: Comparable {
    package static func < (left: LoopTimer, right: LoopTimer) -> Bool {
        (left.deadline, left.number) < (right.deadline, right.number)
    }

    package static func == (left: LoopTimer, right: LoopTimer) -> Bool { left === right }
}

/// The timers of one loop.
struct Timers {
    /// From so many on it is worth looking whether most have been cancelled: time-outs nearly always are.
    private static let many = 1_024

    private var heap = Heap<LoopTimer>()
    private var made: UInt64 = 0
    private var mostAllowed = many

    /// Those that were cancelled among them.
    var count: Int { heap.count }

    mutating func add(at deadline: NIODeadline, _ work: @escaping () -> Void) -> LoopTimer {
        made += 1
        let timer = LoopTimer(deadline: deadline, number: made, work: work)
        heap.insert(timer)
        if heap.count > mostAllowed {
            heap = Heap(heap.unordered.filter { $0.work != nil })
            mostAllowed = max(Self.many, heap.count * 2)
        }
        return timer
    }

    /// Those that are due, in order; they are to be fired by whoever takes them.
    mutating func takeDue(at now: NIODeadline) -> [LoopTimer] {
        var due: [LoopTimer] = []
        while let first = heap.min, first.deadline <= now { due.append(heap.removeMin()) }
        return due
    }

    /// Milliseconds until something is due; -1: nothing is.
    mutating func wait(from now: NIODeadline) -> CInt {
        while let first = heap.min, first.work == nil { heap.removeMin() }
        guard let first = heap.min else { return -1 }
        guard first.deadline > now else { return 0 }
        // Rounded up: whoever wakes up too early only asks again.
        return CInt(clamping: ((first.deadline - now).nanoseconds + 999_999) / 1_000_000)
    }

    /// Nothing of it is done.
    mutating func cancelAll() { heap = Heap() }
}
