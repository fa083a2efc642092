// Where a running relay is looked into and steered from, and what would keep it from that, told before a start.
// Must not make or open anything: a check changes nothing.

import Foundation
import SystemPackage

extension Settings {
    /// The word for "nobody steers".
    static let noControl = "none"

    /// Listening sockets and connections of both.
    var windowDescriptors: Int {
        let control = control == Self.noControl ? 0 : ControlLimits.descriptors
        return control + (metrics == nil ? 0 : MetricsLimits.connections + 1)
    }

    /// As the settings file has it.
    var windowLines: [String] {
        let place = metrics.map { metrics in
            guard metrics.allowsRemote else { return metrics.address.quoted }
            return flow([("address", metrics.address.quoted), ("allow-remote", "true")])
        }
        return (control.map { ["control: \($0.quoted)"] } ?? []) + ["metrics: \(place ?? "none")"]
    }

    /// What is wrong with a path that somebody has named.
    func checkControl(_ findings: FindingList) {
        guard let control, control != Self.noControl else { return }
        let folder = control.parentFolder
        func error(_ message: String, _ fix: String) { findings.error(places["control"], message, fix) }
        if control.utf8.count > ControlLimits.path {
            error("a socket's path has \(ControlLimits.path) octets at most", "name a shorter one")
        } else if let file = try? Stat(FilePath(control), followTargetSymlink: false), file.type != .socket {
            error("\"\(control)\" is there already, and no socket", "name another")
        } else if let there = try? Stat(FilePath(folder)) {
            if there.type != .directory { return error("\"\(folder)\" is no folder", "name another") }
            guard !there.permissions.isDisjoint(with: [.groupWrite, .otherWrite]) else { return }
            error("others may write in \"\(folder)\"", "name a folder of this user's own, or chmod go-w \(folder)")
        }
    }
}
