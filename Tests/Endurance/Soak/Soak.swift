// Sessions that are held, sessions at work, and faults on every side, for as long as it takes; reloads and takeovers meanwhile.
// Must not excuse a session that nobody has faulted.

import ArgumentParser
import ChildProcess
import Foundation
import NIOCore
import Synchronization
import TLS
import Transport

struct Soak: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Holds sessions, works with others, faults a quarter of those on every side, and looks what fails.",
        discussion: """
            Meanwhile the relay reloads, and others take its place. With --disk, which only root can, audit log and store \
            are on a disk that is full now and then; run it in a namespace of its own, so that nobody else sees it:

              unshare -m endurance soak --seconds 1800 --disk

            Exits with 1 when a session failed that was not faulted, or has no close in the audit log, a relay died, or \
            memory or descriptors grow.
            """
    )

    @Option(help: "How long.")
    var seconds = 1_800

    @Option(help: "Sessions that do nothing much.")
    var held = 2_000

    @Option(help: "Sessions at work at once; a quarter of them fail.")
    var active = 200

    @Option(help: "Seconds between reloads.")
    var reload = 10

    @Option(help: "Seconds between takeovers.")
    var takeover = 300

    @Flag(help: "Fill the disk now and then.")
    var disk = false

    func run() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/soak-\(UUID().uuidString.prefix(8))"
        let private700: [FileAttributeKey: Any] = [.posixPermissions: 0o700]
        try FileManager.default.createDirectory(
            atPath: folder + "/disk",
            withIntermediateDirectories: true,
            attributes: private700
        )
        if disk { ChildProcess.run("/bin/mount", ["-t", "tmpfs", "-o", "size=1g,mode=700", "soak", folder + "/disk"]) }
        let pem = folder + "/certificate.pem"
        ChildProcess.run("/usr/bin/openssl", Resets.request(pem))
        let context = try ServerContext(certificates: [.init(chain: pem, key: pem)])
        let clean = try await SoakServer.serve(context)
        let faulty = try await SoakFaultyServer.serve(context)
        let relay = try await SoakRelay(
            folder: folder,
            pem: pem,
            clean: clean.localAddress?.port ?? 0,
            faulty: faulty.localAddress?.port ?? 0
        )
        let play = SoakPlay(
            relay: relay,
            tls: try ClientContext(verification: .acceptAnyCertificate),
            deadline: ContinuousClock.now + .seconds(seconds)
        )
        await play.run(self)
        let isWell = try await end(play)
        if disk { ChildProcess.run("/bin/umount", ["-l", folder + "/disk"]) }
        guard isWell else {
            print("files: \(folder)")
            throw ExitCode(1)
        }
        try FileManager.default.removeItem(atPath: folder)
    }

    /// Relays of several ages are alive from then on, as many as later.
    var settling: Int { min(seconds / 3, 2 * takeover) }
    /// Memory can't be judged.
    private var isTooShort: Bool { settling < 2 * takeover }

    private func end(_ play: SoakPlay) async throws -> Bool {
        let relay = play.relay.withLock { $0 }
        let alive = relay.alive
        for process in alive { process.signal(SIGTERM) }
        var isWell = relay.process.identifier == alive.first?.identifier
        for process in alive { isWell = await process.end() == 0 && isWell }
        for process in relay.before { isWell = await process.end() == 0 && isWell }
        let accounts = try relay.accounts()
        let results = play.results.withLock { $0 }
        print("\(results.clean) sessions came to their end, \(results.faulted) were faulted")
        print("\(results.failures.count) failed that were not")
        for failure in results.failures.prefix(20) { print("failed: \(failure)") }
        print("audit log: \(accounts.opened) sessions, \(accounts.unclosed) without a close, \(accounts.lost) gaps")
        print("\(results.reloads) reloads, \(relay.before.count) takeovers, the disk was full \(results.fills) times")
        let (first, last) = (results.third(0), results.third(2))
        print("memory of a relay, at most: \(first.memory) kB in the first third, \(last.memory) kB in the last")
        print("open files \(first.descriptors) in the first third, \(last.descriptors) in the last")
        print("the relays \(isWell ? "ended in order" : "did not all end in order")")
        let isFlat =
            isTooShort
            || last.memory <= first.memory * 11 / 10 && last.descriptors <= first.descriptors * 11 / 10
        return isWell && results.failures.isEmpty && accounts.unclosed == 0 && accounts.lost == 0 && isFlat
    }
}

/// What has come of it so far.
struct SoakResults {
    var clean = 0
    var faulted = 0
    var failures: [String] = []
    var reloads = 0
    var fills = 0
    var looks = 0
    /// When it is settled.
    var samples: [(memory: Int, descriptors: Int)] = []

    /// Of a third of the time: the most memory of a relay, which takes more as long as it lives, and the mean of open files.
    func third(_ number: Int) -> (memory: Int, descriptors: Int) {
        let part = samples[(samples.count * number / 3)..<(samples.count * (number + 1) / 3)]
        return (part.map(\.memory).max() ?? 0, part.reduce(0) { $0 + $1.descriptors } / max(1, part.count))
    }
}
