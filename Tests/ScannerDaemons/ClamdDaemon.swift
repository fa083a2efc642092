// A real clamd with signatures of our own: the EICAR test file, in three forms.
// Must not load anybody else's signatures: they take a gigabyte and a minute.

import Foundation
import NIOCore
import NIOPosix
package import Scanning

/// clamd on a Unix socket and a port.
package struct ClamdDaemon: Sendable {
    package let daemon: Daemon
    package let unix: ScannerAddress
    package let tcp: ScannerAddress

    /// The one that most tests share.
    package static let shared = Task { try await start() }

    /// Starts one and waits until it answers.
    package static func start(_ settings: String = "") async throws -> ClamdDaemon {
        let folder = try Daemon.folder()
        let port = Port.free()
        try FileManager.default.createDirectory(atPath: folder + "/db", withIntermediateDirectories: true)
        let octets = Eicar.file.utf8.map { String(format: "%02x", $0) }.joined()
        try Daemon.write("44d88612fea8a8f36de82e1278abb02f:68:Test.Eicar.Hash\n", to: folder + "/db/eicar.hdb")
        try Daemon.write("Test.Eicar.Body:0:*:\(octets)\n", to: folder + "/db/eicar.ndb")
        let configuration = """
            LocalSocket \(folder)/clamd.sock
            TCPSocket \(port)
            TCPAddr 127.0.0.1
            DatabaseDirectory \(folder)/db
            Foreground yes
            LogFile \(folder)/clamd.log
            PidFile \(folder)/clamd.pid
            ConcurrentDatabaseReload no
            SelfCheck 0
            MaxThreads 4
            \(settings)

            """
        try Daemon.write(configuration, to: folder + "/clamd.conf")
        let daemon = try Daemon(.clamd, ["-c", folder + "/clamd.conf"], in: folder)
        let running = ClamdDaemon(
            daemon: daemon,
            unix: .unix(path: folder + "/clamd.sock"),
            tcp: .host("127.0.0.1", port: port)
        )
        for address in [running.unix, running.tcp] {
            try await eventually("clamd answers at \(address)") {
                if case .answers = await MailScanner.test(clamd: address).probe() { true } else { false }
            }
        }
        return running
    }
}

extension MailScanner {
    /// clamd as tests set it up.
    package static func test(
        clamd address: ScannerAddress,
        limits: ScanLimits = .patient,
        clock: some Clock<Duration> = ContinuousClock()
    ) -> MailScanner {
        MailScanner(
            .clamd(address),
            name: "clamd",
            limits: limits,
            group: .singletonMultiThreadedEventLoopGroup,
            clock: clock
        )
    }
}
