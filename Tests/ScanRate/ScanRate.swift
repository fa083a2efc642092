// How many messages a second a scanner answers when we ask it: `swift run -c release scanrate`.
// Must not be part of the tests: a figure is read by people, beside that of the scanner's own client in the same run.

import Foundation
import NIOCore
import NIOPosix
import Scanning

@main
enum ScanRate {
    private static let usage = """
        usage: scanrate clamd|spamd|rspamd ADDRESS FOLDER [PARALLEL]
        FOLDER has one message a file. Its own client beside it, on the same folder:
          time clamdscan --stream --no-summary --config-file FILE FOLDER
          time sh -c 'for f in FOLDER/*; do spamc -R -p PORT <$f; done'
          time rspamc -h HOST:PORT -n PARALLEL FOLDER

        """

    static func main() async throws {
        let words = CommandLine.arguments.dropFirst().map(\.self)
        guard words.count >= 3, let address = ScannerAddress(words[1]) else {
            FileHandle.standardError.write(Data(usage.utf8))
            exit(64)
        }
        let parallel = words.count > 3 ? Int(words[3]) ?? 1 : 1
        guard let scanner = scanner(words[0], address, parallel) else {
            FileHandle.standardError.write(Data(usage.utf8))
            exit(64)
        }
        print("\(words[0]) at \(address): \(await scanner.probe())")
        let messages = try messages(in: words[2])
        let octets = messages.reduce(0) { $0 + $1.count }
        var rates: [Double] = []
        for _ in 1...3 {
            let start = ContinuousClock.now
            let unscanned = await scan(messages, scanner, parallel)
            rates.append(Double(messages.count) / ((ContinuousClock.now - start) / .seconds(1)))
            if unscanned > 0 { print("\(unscanned) were not scanned") }
        }
        let rate = rates.sorted()[1]
        print("\(messages.count) messages, \(octets / 1_000) kB, \(parallel) at once: \(Int(rate.rounded())) scans/s")
    }

    private static func scanner(_ kind: String, _ address: ScannerAddress, _ parallel: Int) -> MailScanner? {
        let group = MultiThreadedEventLoopGroup.singleton
        var limits = ScanLimits()
        limits.parallel = parallel
        return switch kind {
        case "clamd": MailScanner(.clamd(address), name: kind, limits: limits, group: group)
        case "spamd": MailScanner(.spamd(address), name: kind, limits: limits, group: group)
        case "rspamd": MailScanner(.rspamd(address), name: kind, limits: limits, group: group)
        default: nil
        }
    }

    private static func messages(in folder: String) throws -> [ByteBuffer] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { name in
            ByteBuffer(bytes: try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)))
        }
    }

    /// Scans all, so many at once; how many were not scanned.
    private static func scan(_ messages: [ByteBuffer], _ scanner: MailScanner, _ parallel: Int) async -> Int {
        await withTaskGroup(of: Int.self) { group in
            for worker in 0..<parallel {
                group.addTask {
                    var unscanned = 0
                    for index in stride(from: worker, to: messages.count, by: parallel) {
                        if await scanner.scan(messages[index]).isUnscanned { unscanned += 1 }
                    }
                    return unscanned
                }
            }
            return await group.reduce(0, +)
        }
    }
}
