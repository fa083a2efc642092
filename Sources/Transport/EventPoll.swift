// What the kernel has to say about the sockets of one loop: epoll, edge by edge, and an event to be woken by.
// Must not know what a source does with its events. The unsafe calls get memory that this object owns until its end.

import CLinux
import Glibc
import NIOCore

/// What has happened to a descriptor.
struct Readiness {
    let bits: UInt32

    private func has(_ bit: UInt32) -> Bool { bits & bit != 0 }

    /// There may be something to read, or the peer has said all.
    var input: Bool { has(shim_EPOLLIN | shim_EPOLLRDHUP) || isOver }
    /// Something may be sent again, or a connection stands.
    var output: Bool { has(shim_EPOLLOUT) || isOver }
    /// The peer has said all.
    var inputEnds: Bool { has(shim_EPOLLRDHUP) || isOver }
    /// The connection is broken, or both of its directions are closed.
    var isOver: Bool { has(shim_EPOLLERR | shim_EPOLLHUP) }
}

/// Whoever has a descriptor that a loop watches.
protocol EventSource: AnyObject {
    func ready(_ readiness: Readiness)
    /// Nothing will be told any more.
    func loopEnded()
}

/// The descriptors that one loop watches.
///
/// Each is registered once, for all that can happen, and told about every change once (`EPOLLET`): slowing a peer down and
/// waiting for another one cost no system call. Belongs to its loop's thread, but for `wake`.
@safe final class EventPoll {
    private struct Slot {
        var source: (any EventSource)?
        /// Counts the owners of a descriptor's number. Whoever was closed while a program was being started is still
        /// watched for a moment: what is told about it then must not be taken for its successor's.
        var generation: UInt32 = 0
    }

    private static let eventsAtOnce = 256
    /// What wakes the loop up has no slot.
    private static let wakeToken = UInt64.max

    private let poll: CInt
    private let wakeUp: CInt
    private let events: UnsafeMutablePointer<epoll_event>
    private var slots: [Slot] = []

    init() throws(IOError) {
        poll = shim_epoll_create()
        guard poll >= 0 else { throw IOError(errnoCode: errno, reason: "epoll_create1") }
        wakeUp = shim_eventfd()
        guard wakeUp >= 0, shim_epoll_add(poll, wakeUp, shim_EPOLLIN | shim_EPOLLET, Self.wakeToken) == 0 else {
            let error = IOError(errnoCode: errno, reason: "eventfd")
            if wakeUp >= 0 { Glibc.close(wakeUp) }
            Glibc.close(poll)
            throw error
        }
        unsafe events = .allocate(capacity: Self.eventsAtOnce)
    }

    deinit {
        Glibc.close(wakeUp)
        Glibc.close(poll)
        unsafe events.deallocate()
    }

    /// What is to be watched of a socket that carries a connection.
    static let stream = shim_EPOLLIN | shim_EPOLLOUT | shim_EPOLLRDHUP | shim_EPOLLET
    /// The same of a listener: of several loops that watch it one is told.
    static let listener = shim_EPOLLIN | shim_EPOLLEXCLUSIVE

    func add(_ source: any EventSource, _ descriptor: CInt, for events: UInt32) throws(IOError) {
        let number = Int(descriptor)
        if number >= slots.count { slots.append(contentsOf: repeatElement(Slot(), count: number + 64 - slots.count)) }
        slots[number].generation &+= 1
        slots[number].source = source
        let token = UInt64(slots[number].generation) << 32 | UInt64(number)
        guard shim_epoll_add(poll, descriptor, events, token) == 0 else {
            slots[number].source = nil
            throw IOError(errnoCode: errno, reason: "epoll_ctl")
        }
    }

    /// What happens to the descriptor concerns another one from now on.
    func replace(_ descriptor: CInt, by source: any EventSource) {
        slots[Int(descriptor)].source = source
    }

    /// To be called before the descriptor is closed. Closing alone ends the watching, and saves a call. One that is not
    /// watched is forgotten already.
    func forget(_ descriptor: CInt) {
        if slots.indices.contains(Int(descriptor)) { slots[Int(descriptor)].source = nil }
    }

    /// Ends the watching of a descriptor that stays open.
    func remove(_ descriptor: CInt) {
        forget(descriptor)
        _ = shim_epoll_remove(poll, descriptor)
    }

    /// Forgets all, and tells them so.
    func end() {
        let sources = slots.compactMap(\.source)
        slots = []
        for source in sources { source.loopEnded() }
    }

    /// Tells the sources what has happened, once something has or the time is over.
    ///
    /// - Parameter milliseconds: -1: as long as it takes
    func wait(milliseconds: CInt) {
        let count = unsafe epoll_wait(poll, events, CInt(Self.eventsAtOnce), milliseconds)
        guard count > 0 else { return }
        for index in 0..<Int(count) {
            let token = unsafe shim_epoll_data(events + index)
            if token == Self.wakeToken {
                var count: UInt64 = 0
                _ = unsafe read(wakeUp, &count, 8)
                continue
            }
            let number = Int(token & 0xFFFF_FFFF)
            guard slots[number].generation == UInt32(token >> 32), let source = slots[number].source else { continue }
            unsafe source.ready(Readiness(bits: events[index].events))
        }
    }

    /// Ends a wait, from any thread.
    var waker: Waker { Waker(descriptor: wakeUp) }

    /// Valid as long as its poll.
    struct Waker: Sendable {
        fileprivate let descriptor: CInt

        func wake() {
            var one: UInt64 = 1
            // Fails only where it has been woken already.
            _ = unsafe write(descriptor, &one, 8)
        }
    }
}
