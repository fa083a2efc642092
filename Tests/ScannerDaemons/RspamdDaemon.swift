// A real rspamd with the rules of its package, without a name server or Redis.
// Must not ask the network.

import Foundation
import NIOCore
import NIOPosix
package import Scanning

/// rspamd's normal worker on a port.
package struct RspamdDaemon: Sendable {
    package let daemon: Daemon
    package let address: ScannerAddress

    /// The one that the tests share.
    package static let shared = Task { try await start() }

    private static func start() async throws -> RspamdDaemon {
        let folder = try Daemon.folder()
        let port = Port.free()
        // The package's list of domains takes it a quarter of a minute to compile.
        try Daemon.write("com\norg\nexample\n", to: folder + "/domains")
        // Rules, and no module that asks a name server.
        let configuration = """
            lua = "$RULESDIR/rspamd.lua"
            .include "$CONFDIR/actions.conf"
            .include "$CONFDIR/groups.conf"
            options {
                filters = "regexp";
                pidfile = "\(folder)/pid";
                tempdir = "\(folder)";
                control_socket = off;
                disable_hyperscan = true;
                url_tld = "\(folder)/domains";
                local_addrs = ["127.0.0.0/8"];
                dns { nameserver = ["127.0.0.1:9"]; timeout = 0.1s; retransmits = 1; }
            }
            logging { type = "console"; level = "notice"; }
            worker "normal" { bind_socket = "127.0.0.1:\(port)"; count = 1; }

            """
        try Daemon.write(configuration, to: folder + "/rspamd.conf")
        // -i lets root run it.
        let arguments = ["-f", "-c", folder + "/rspamd.conf"] + (getuid() == 0 ? ["-i"] : [])
        let running = RspamdDaemon(
            daemon: try Daemon(.rspamd, arguments + ["--var", "DBDIR=\(folder)"], in: folder),
            address: .host("127.0.0.1", port: port)
        )
        try await eventually("rspamd answers") {
            if case .answers = await MailScanner.test(rspamd: running.address).probe() { true } else { false }
        }
        return running
    }
}

extension MailScanner {
    /// rspamd as tests set it up.
    package static func test(
        rspamd address: ScannerAddress,
        limits: ScanLimits = .patient,
        clock: some Clock<Duration> = ContinuousClock()
    ) -> MailScanner {
        MailScanner(
            .rspamd(address),
            name: "rspamd",
            limits: limits,
            group: .singletonMultiThreadedEventLoopGroup,
            clock: clock
        )
    }
}
