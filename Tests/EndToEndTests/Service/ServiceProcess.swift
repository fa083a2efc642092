// The relay as whoever starts services starts it: with the descriptors, limits and signals of that moment.
// Must not know what is tested.

import Foundation

/// A running relay whose standard descriptors are not the usual ones, or whose audit log is no file.
struct ServiceProcess: Sendable {
    let pid: pid_t
    let address: Address
    let folder: Folder

    /// What it is started with.
    struct Start {
        /// Where the audit log goes, as the settings have it.
        var audit = "audit.jsonl"
        /// Lines of a shell that runs in the relay's folder and then becomes the relay; `$address` is the relay's.
        var prelude = ""
        /// Further lines of the settings file.
        var more = ""
    }

    /// Serves while `body` runs, and is asked to end then.
    ///
    /// - Returns: what `body` returns, and the exit status.
    static func running<Result>(
        _ start: Start,
        upstream: Address,
        in folder: Folder,
        _ body: (ServiceProcess) async throws -> Result
    ) async throws -> (Result, status: Int32) {
        let address = try await Address(port: Port.free())
        try write(start, listeners: "\"\(address)\"", upstream: upstream, in: folder)
        let script = "cd \"$0\" || exit 1\naddress=\(address)\n\(start.prelude)\nexec \"$@\""
        let command = [Built.popsieve, "serve", "--config", "popsieve.yaml"] + Popsieve.lookedInto
        return try await Child.serving(
            path: Program.shell.path(),
            ["-c", script, folder.path] + command,
            in: folder,
            name: "service"
        ) { pid in
            do {
                try await eventually("the relay listens") { try isListening(address) }
            } catch {
                // Why not, in its own words.
                let log = (try? folder.read("service.err")).map { String(decoding: $0, as: UTF8.self) } ?? ""
                let state = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8))?.prefix(120) ?? "gone"
                throw TooLate(what: "the relay at \(address) listens: \(log) \(state)")
            }
            return try await body(ServiceProcess(pid: pid, address: address, folder: folder))
        }
    }

    /// - Parameter listeners: what stands between the brackets of the list
    static func write(_ start: Start, listeners: String, upstream: Address, in folder: Folder) throws {
        let text = """
            listeners: [\(listeners)]
            upstreams: { main: { host: \(upstream.host), port: \(upstream.port), tls: none } }
            audit: "\(start.audit)"
            control: none
            \(Timeout.setting())\(start.more)
            """
        try folder.write("popsieve.yaml", text)
    }

    /// As the kernel has it: a connection would be one that the relay sees.
    private static func isListening(_ address: Address) throws -> Bool {
        let table = try KernelTable.text("/proc/net/tcp")
        let port = String(format: ":%04X", address.port)
        return table.split(separator: "\n").contains { line in
            let fields = line.split(separator: " ")
            return fields.count > 3 && fields[1].hasSuffix(port) && fields[3] == "0A"
        }
    }

    var audit: AuditTrail { AuditTrail(path: folder["audit.jsonl"]) }

    /// What it wrote to standard error.
    func log() throws -> String {
        String(decoding: try folder.read("service.err"), as: UTF8.self)
    }

    func signal(_ signal: Int32) {
        kill(pid, signal)
    }

    /// How long it has used a processor, in the kernel's ticks of 10 ms.
    func processorTicks() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        let fields = status.drop { $0 != ")" }.split(separator: " ")
        return (Int(fields[12]) ?? 0) + (Int(fields[13]) ?? 0)
    }

    /// The limit of open files that is in force, as the kernel has it.
    func openFilesLimit() throws -> Int? {
        let limits = try String(contentsOfFile: "/proc/\(pid)/limits", encoding: .utf8)
        let line = limits.split(separator: "\n").first { $0.hasPrefix("Max open files") }
        return line?.split(separator: " ").dropFirst(3).first.flatMap { Int($0) }
    }

    /// A session from its greeting to QUIT.
    func converse() async throws {
        try await Peer.connected(to: address) { peer in
            try await peer.logIn(.anna)
            _ = try await peer.command("STAT")
            _ = try await peer.command("QUIT")
        }
    }
}
