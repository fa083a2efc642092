// That the relay lives is told as long as its event loops turn, and no longer.
// Must not take a loop for alive because its thread is: each has to do something first.

import NIOCore

/// Tells the service manager again and again how the relay is.
struct Heartbeat: Sendable {
    /// How often the status is looked at where nobody waits for a sign of life.
    static let usual = Duration.seconds(10)

    /// Each must have turned before the next sign of life.
    let loops: [any EventLoop]
    /// Of the service manager's watchdog; nil: there is none.
    let watchdog: Duration?
    let status: @Sendable () -> String
    let tell: @Sendable ([Supervisor.Notice]) -> Void

    /// Half of the time, so that one that is late does no harm (sd_watchdog_enabled(3)).
    var interval: Duration { watchdog.map { $0 / 2 } ?? Self.usual }

    /// Until its task is cancelled. One loop that hangs ends all signs of life.
    func run() async {
        var last = ""
        while !Task.isCancelled {
            for loop in loops { try? await loop.submit {}.get() }
            let now = status()
            let news: [Supervisor.Notice] = now == last ? [] : [.status(now)]
            let signs: [Supervisor.Notice] = watchdog == nil ? [] : [.alive]
            if !news.isEmpty || !signs.isEmpty { tell(news + signs) }
            last = now
            try? await Task.sleep(for: interval)
        }
    }
}
