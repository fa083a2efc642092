// A real spamd with the rules of its package, local tests only.
// Must not ask the network.

import Foundation
import NIOCore
import NIOPosix
package import Scanning

/// spamd on a port.
package struct SpamdDaemon: Sendable {
    package let daemon: Daemon
    package let address: ScannerAddress

    /// The one that the tests share.
    package static let shared = Task { try await start() }

    private static let plugins = [
        "Check", "BodyEval", "HeaderEval", "HTMLEval", "MIMEEval", "MIMEHeader", "RelayEval", "ReplaceTags",
        "URIDetail",
        "URIEval", "WLBLEval", "FreeMail",
    ]

    private static func start() async throws -> SpamdDaemon {
        let folder = try Daemon.folder()
        let port = Port.free()
        let site = folder + "/site"
        try FileManager.default.createDirectory(atPath: site, withIntermediateDirectories: true)
        let lines = plugins.map { "loadplugin Mail::SpamAssassin::Plugin::\($0)\n" }.joined()
        try Daemon.write(lines, to: site + "/init.pre")
        var arguments = ["-L", "-x", "-i", "127.0.0.1", "-p", "\(port)", "-m", "2", "-s", "stderr"]
        arguments += ["--pidfile", folder + "/pid", "-C", "/usr/share/spamassassin", "--siteconfigpath", site]
        // As root it wants to become somebody else.
        if getuid() == 0 { arguments += ["-u", "nobody"] }
        let running = SpamdDaemon(
            daemon: try Daemon(.spamd, arguments, in: folder),
            address: .host("127.0.0.1", port: port)
        )
        try await eventually("spamd answers") {
            if case .answers = await MailScanner.test(spamd: running.address).probe() { true } else { false }
        }
        return running
    }
}

extension MailScanner {
    /// spamd as tests set it up.
    package static func test(
        spamd address: ScannerAddress,
        limits: ScanLimits = .patient,
        clock: some Clock<Duration> = ContinuousClock()
    ) -> MailScanner {
        MailScanner(
            .spamd(address),
            name: "spamd",
            limits: limits,
            group: .singletonMultiThreadedEventLoopGroup,
            clock: clock
        )
    }
}
