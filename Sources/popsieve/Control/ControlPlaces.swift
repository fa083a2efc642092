// Where the control socket of a relay is, for the relay and for whoever steers it.
// Must not make anything.

import Foundation
import TLS

/// The places of sockets that nobody has named. A relay is known by its settings file, so that two of one user have two
/// sockets, and whoever steers one finds it by the same file.
struct ControlPlaces {
    let environment: [String: String]

    init(_ environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.environment = environment
    }

    /// Where a relay can have its socket, the best first.
    func ofRelay(settingsFile: String?) -> [String] { bases.map { "\($0)/control/\(Self.name(settingsFile))" } }

    /// Where the socket of a relay can be that others have started.
    func ofOthers(settingsFile: String?) -> [String] {
        var bases = bases
        // What systemd makes for a service, of which a person's shell knows nothing.
        if !bases.contains(Self.serviceFolder) { bases.append(Self.serviceFolder) }
        return bases.map { "\($0)/control/\(Self.name(settingsFile))" }
    }

    private static let serviceFolder = "/run/popsieve"

    private var bases: [String] {
        func absolute(_ name: String) -> String? { environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil } }
        // systemd separates several with colons.
        let runtime = environment["RUNTIME_DIRECTORY"]?.split(separator: ":").first.map(String.init)
        return [
            runtime.flatMap { $0.hasPrefix("/") ? $0 : nil },
            absolute("XDG_RUNTIME_DIR").map { "\($0)/popsieve" },
            Settings.stateFolder(environment),
        ].compactMap(\.self)
    }

    /// The settings file's name for people, and a digest of where it is.
    private static func name(_ settingsFile: String?) -> String {
        guard let settingsFile else { return "without-settings" }
        let path = URL(fileURLWithPath: settingsFile).resolvingSymlinksInPath().path
        let stem = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
            .filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }.prefix(24)
        let digest = SHA256.digest(of: Array(path.utf8)) ?? []
        return "\(stem)-\(digest.prefix(4).map { String(format: "%02x", $0) }.joined())"
    }
}

extension Settings {
    /// Where a relay with these settings can be steered from, the best first; none where nobody steers.
    func controlPaths(settingsFile: String?, _ places: ControlPlaces = ControlPlaces()) -> [String] {
        guard let control else { return places.ofRelay(settingsFile: settingsFile) }
        return control == Self.noControl ? [] : [control]
    }
}
