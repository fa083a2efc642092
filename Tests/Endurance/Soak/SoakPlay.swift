// Everybody who plays a part in a soak, until its time is over.
// Must not start before all servers are there.

import ChildProcess
import Foundation
import NIOCore
import Synchronization
import TLS

final class SoakPlay: Sendable {
    let relay: Mutex<SoakRelay>
    let results = Mutex(SoakResults())
    private let folder: String
    private let ports: [Int]
    private let tls: ClientContext
    private let deadline: ContinuousClock.Instant

    init(relay: SoakRelay, tls: ClientContext, deadline: ContinuousClock.Instant) {
        folder = relay.folder
        ports = relay.ports
        self.relay = Mutex(relay)
        self.tls = tls
        self.deadline = deadline
    }

    private var isOver: Bool { ContinuousClock.now >= deadline }

    func run(_ soak: Soak) async {
        let settled = ContinuousClock.now + .seconds(soak.settling)
        await withTaskGroup { group in
            for number in 0..<soak.held { group.addTask { await self.hold(number, of: soak.held) } }
            for _ in 0..<soak.active { group.addTask { await self.work() } }
            group.addTask { await self.every(soak.reload) { self.reload() } }
            group.addTask { await self.every(soak.takeover) { await self.takeOver() } }
            group.addTask { await self.every(5) { self.sample(isSettled: ContinuousClock.now > settled) } }
            if soak.disk { group.addTask { await self.every(60) { await self.fillDisk() } } }
            await group.waitForAll()
        }
    }

    private func every(_ seconds: Int, _ act: () async -> Void) async {
        while ContinuousClock.now + .seconds(seconds) < deadline {
            try? await Task.sleep(for: .seconds(seconds))
            await act()
        }
    }

    private func fails(_ what: String, _ error: any Error) {
        let moment = Date.now.formatted(.iso8601)
        results.withLock { $0.failures.append("\(moment) \(what): \(error)") }
    }

    /// With TLS or without.
    private func side() -> (port: Int, tls: ClientContext?) { Bool.random() ? (ports[0], nil) : (ports[1], tls) }

    // MARK: Clients

    /// Sessions of some minutes, which say that they are there.
    private func hold(_ number: Int, of all: Int) async {
        // Not all at once.
        try? await Task.sleep(for: .milliseconds(20_000 * number / all))
        while !isOver {
            let (port, tls) = side()
            do {
                try await SoakClient.connected(port, tls) { client in
                    try await client.logIn("held-\(number)")
                    let end = ContinuousClock.now + .seconds(Int.random(in: 60...420))
                    while !self.isOver, ContinuousClock.now < end {
                        for _ in 0..<20 where !self.isOver { try await Task.sleep(for: .seconds(1)) }
                        try await client.ok("NOOP")
                    }
                    try await client.ok("QUIT")
                }
                results.withLock { $0.clean += 1 }
            } catch {
                fails("a held session", error)
            }
        }
    }

    private func work() async {
        while !isOver {
            switch Int.random(in: 0..<8) {
            case 0: await failingClient()
            case 1: await failingServer()
            default: await session()
            }
        }
    }

    private func session() async {
        let (port, tls) = side()
        do {
            try await SoakClient.connected(port, tls) { client in
                try await client.logIn("active-\(Int.random(in: 0..<10_000))")
                try await client.ok("STAT")
                for _ in 0..<Int.random(in: 1...4) {
                    try await Task.sleep(for: .milliseconds(Int.random(in: 0...2_000)))
                    try await client.retrieve(Int.random(in: 1...SoakMaildrop.sizes.count))
                }
                try await client.ok("DELE 1")
                try await client.ok("QUIT")
            }
            results.withLock { $0.clean += 1 }
        } catch {
            fails("a session", error)
        }
    }

    /// It comes as far as it comes, and fails there.
    private func failingClient() async {
        let (port, tls) = side()
        let steps = Int.random(in: 0...3)
        try? await SoakClient.connected(port, tls, true) { client in
            if steps > 0 { try await client.logIn("active-0") }
            if steps > 1 { try await client.retrieve(Int.random(in: 1...4)) }
            if steps > 2 { try await client.send("RETR 4") }
            try await client.fail(SoakFault.allCases.randomElement() ?? .cut)
        }
        results.withLock { $0.faulted += 1 }
    }

    private func failingServer() async {
        let (port, tls) = side()
        try? await SoakClient.connected(port, tls) { client in
            try await client.logIn("faulty-0")
            for number in 1...4 { try await client.retrieve(number) }
            try await client.ok("QUIT")
        }
        results.withLock { $0.faulted += 1 }
    }

    // MARK: The relay

    private func reload() {
        relay.withLock { $0.process.signal(SIGHUP) }
        results.withLock { $0.reloads += 1 }
    }

    private func takeOver() async {
        var next = relay.withLock { $0 }
        do {
            try await next.takeOver()
        } catch {
            fails("a takeover", error)
        }
        relay.withLock { [next] in $0 = next }
    }

    private func sample(isSettled: Bool) {
        let usage = relay.withLock { $0 }.usage
        let results = results.withLock { results in
            if isSettled { results.samples.append(usage) }
            results.looks += 1
            return results
        }
        guard results.looks.isMultiple(of: 12) else { return }
        let line =
            "\(results.clean) sessions, \(results.faulted) faulted, \(results.failures.count) failed, "
            + "\(usage.memory) kB, \(usage.descriptors) open files\n"
        FileHandle.standardError.write(Data(line.utf8))
    }

    private func fillDisk() async {
        let path = folder + "/disk/full"
        ChildProcess.run("/bin/sh", ["-c", "cat /dev/zero > \(path) 2> /dev/null"])
        try? await Task.sleep(for: .seconds(3))
        try? FileManager.default.removeItem(atPath: path)
        results.withLock { $0.fills += 1 }
    }
}
