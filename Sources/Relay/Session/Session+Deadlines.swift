// When a side of a session is late, and what is done then.
// Must not end a session without a reason: each time-out looks at the side that it is about.

import NIOCore
import POP3
import Transport

extension Session {
    func checkDeadlines(_ now: NIODeadline) {
        client.lookAtProgress(now, rate: loop.limits.leastRate)
        if let closedAt {
            checkFarewell(since: closedAt, now)
        } else if loop.isDraining, owesNothing {
            machine.shutDown()
        } else if !isJudging {
            checkPhase(now)
        }
    }

    /// Whether the session can end without breaking off anything: no reply is due, and no line of the client waits.
    var owesNothing: Bool {
        !machine.awaitsUpstream && !machine.awaitsEarlierSessions && !machine.awaitsOwner && taking == nil
    }

    private func checkPhase(_ now: NIODeadline) {
        let times = loop.configuration.timeouts
        if !machine.isLoggedIn, now > openedAt + times.login {
            if machine.awaitsUpstream {
                upstreamTimedOut()
            } else if machine.awaitsOwner {
                machine.loginDenied(.init(.systemTemporary, "the login has taken too long"))
            } else {
                machine.clientTimedOut("no login in time")
            }
        } else if client.owes, now > client.stalledSince + times.stall {
            machine.clientLeft(failure: "the client takes nothing")
        } else if let since = upstreamOwesSince {
            // One that may not go on, because the client is slow, is not late.
            if !upstream.isPaused, now > max(since, upstream.silentSince) + replyTime { upstreamTimedOut() }
        } else if machine.isLoggedIn,
            now > max(client.silentSince, client.stalledSince, upstream.silentSince) + times.idle
        {
            machine.clientTimedOut("idle for too long")
        }
    }

    /// How long the upstream may be silent now.
    private var replyTime: TimeAmount {
        switch machine.upstreamPhase {
        case .connect, .tls, .greeting, .stls, .xclient: loop.configuration.timeouts.greeting
        case .login, .command, .message: loop.configuration.timeouts.reply
        }
    }

    private func upstreamTimedOut() {
        if isAtBareTerminator { return machine.upstreamFailed(.violation(.bareTerminator)) }
        machine.upstreamTimedOut()
    }

    // MARK: What goes to nobody

    /// What is read and dropped has bounds, too: a server that never comes to an end would be read for ever.
    func checkDropped() {
        switch reading {
        case .message(let delivery) where delivery.isDropped:
            checkDropped(delivery.droppedOctets, since: &delivery.droppedSince)
        case .list(let list) where list.droppedOctets > 0:
            checkDropped(list.droppedOctets, since: &list.droppedSince)
        case .nothing, .list, .message: break
        }
    }

    private func checkDropped(_ octets: Int, since begin: inout NIODeadline?) {
        let (now, time) = (loop.now, loop.configuration.timeouts.rest)
        if octets > loop.limits.rest {
            machine.upstreamFailed(.endless("more than \(loop.limits.rest) octets that go to nobody (limits.rest)"))
        } else if now > (begin ?? now) + time {
            let seconds = Double(time.nanoseconds) / 1e9
            machine.upstreamFailed(.endless("more than \(seconds) s of what goes to nobody (timeouts.rest)"))
        }
        begin = begin ?? now
    }

    // MARK: What the upstream owes

    func noteWhatUpstreamOwes() {
        guard machine.awaitsUpstream != (upstreamOwesSince != nil) else { return }
        upstreamOwesSince = machine.awaitsUpstream ? loop.now : nil
        // What it did before buys it nothing.
        upstream.isHeard(at: loop.now)
    }

    /// What the client is still to get is not cut off as long as it takes some of it.
    private func checkFarewell(since closedAt: NIODeadline, _ now: NIODeadline) {
        let limit = client.owes ? loop.configuration.timeouts.stall : loop.limits.farewell
        guard now > max(closedAt, client.stalledSince) + limit else { return }
        client.abort()
        end()
    }

    // MARK: What deletions wait for

    /// Whether the client has taken everything; if not, the session looks again soon.
    func clientHasTakenEverything() -> Bool {
        if client.hasTakenEverything() { return true }
        guard taking == nil else { return false }
        let delay = min(takingDelay.map { $0 * 2 } ?? loop.limits.firstLook, loop.limits.lastLook)
        takingDelay = delay
        taking = loop.eventLoop.after(delay) { self.take(.takingIsDue) }
        return false
    }
}
