// What can befall the machine while messages are held: how it begins, whom it concerns, how it is told, how it ends.
// Must not judge what becomes of the messages.

import Foundation
import Testing

enum HeldTrouble: String, Sendable, CaseIterable {
    case noDescriptors
    case heldFull
    case heldBroken
    case heldUnmappable
    case quarantineFull
    case quarantineBroken
    case quarantineGone
    // Not by a library that says so, but by a disk.
    case heldDiskFull
    case quarantineDiskFull
    case storeDiskFull
    /// Another process is in the middle of a transaction.
    case storeLocked
    /// Nobody may read it, either.
    case storeSealed
    /// Its disk does not answer.
    case storeSilent

    /// Which messages must wait; all others are served.
    var concerned: [HeldText.Kind] {
        switch self {
        case .noDescriptors: [.large, .scanned, .kept]
        case .heldFull, .heldBroken, .heldUnmappable, .heldDiskFull: [.large]
        case .quarantineFull, .quarantineBroken, .quarantineDiskFull: [.kept]
        // It is made again.
        case .quarantineGone: []
        // It is a memory, no truth.
        case .storeDiskFull, .storeLocked, .storeSealed, .storeSilent: []
        }
    }

    var isOfQuarantine: Bool { concerned == [.kept] || self == .quarantineGone }

    var isOfStore: Bool { concerned.isEmpty && self != .quarantineGone }

    /// Whether others can come while it lasts.
    var letsClientsIn: Bool { disk != nil || isOfStore }

    /// What lies on the disk.
    var disk: HeldVenue.Place? {
        switch self {
        case .heldDiskFull: .held
        case .quarantineDiskFull: .quarantine
        case .storeDiskFull: .state
        default: nil
        }
    }

    /// Octets that are left there: not enough for one message, and enough to begin it.
    private var room: Int {
        switch self {
        case .heldDiskFull: 128 << 10
        case .quarantineDiskFull: 8 << 10
        default: 0
        }
    }

    /// What the audit log says of messages that must wait, where it is one cause.
    var words: String? {
        switch self {
        case .heldDiskFull, .quarantineDiskFull: "No space left on device"
        default: nil
        }
    }

    func begin(_ venue: HeldVenue) async throws {
        switch self {
        case .noDescriptors: try await venue.relay.allowOpenFiles(nil)
        case .heldFull: try venue.faults.begin(.heldWrite, .full)
        case .heldBroken: try venue.faults.begin(.heldWrite, .broken)
        case .heldUnmappable: try venue.faults.begin(.heldMapping, .broken)
        case .quarantineFull: try venue.faults.begin(.quarantineWrite, .full)
        case .quarantineBroken: try venue.faults.begin(.quarantineSync, .broken)
        case .quarantineGone: try FileManager.default.removeItem(atPath: venue.relay.folder["quarantine"])
        case .heldDiskFull, .quarantineDiskFull, .storeDiskFull:
            try venue.disk?.fill(of: venue.relay, leaving: room)
        case .storeLocked: try await venue.lockStore(.writers)
        case .storeSealed: try await venue.lockStore(.all)
        case .storeSilent: try venue.faults.begin(.storeLock, .wait)
        }
    }

    /// The operator hears of a store that fails, once and not once for each message.
    func isTold(_ venue: HeldVenue) async throws {
        let words: [String]
        switch self {
        case .storeDiskFull: words = ["the disk is full"]
        case .storeLocked: words = ["another process keeps it locked"]
        case .storeSealed: words = ["another process keeps it locked", "it does not answer"]
        case .storeSilent: words = ["it does not answer"]
        default: return
        }
        _ = try await venue.relay.audit.waitFor("store_failed")
        let told = try venue.relay.audit.lines("store_failed").compactMap { $0["reason"]?.text }
        #expect(told.count == 1 && words.contains { told[0].contains($0) }, "\(self): \(told)")
    }

    func end(_ venue: HeldVenue) async throws {
        switch self {
        case .noDescriptors:
            try await venue.relay.allowOpenFiles(1_000)
            // A scanner that could not be started is asked again after a while.
            try await Task.sleep(for: .seconds(6))
        case .heldFull, .heldBroken: venue.faults.end(.heldWrite)
        case .heldUnmappable: venue.faults.end(.heldMapping)
        case .quarantineFull: venue.faults.end(.quarantineWrite)
        case .quarantineBroken: venue.faults.end(.quarantineSync)
        case .quarantineGone:
            // More than once: none of those that are gone stays open.
            for count in 1...3 {
                try? FileManager.default.removeItem(atPath: venue.relay.folder["quarantine"])
                venue.relay.reload()
                try await eventually("reload \(count)") {
                    try venue.relay.log().components(separatedBy: "notice reloaded").count > count
                }
            }
        case .heldDiskFull, .quarantineDiskFull, .storeDiskFull: try venue.disk?.empty(of: venue.relay)
        case .storeLocked, .storeSealed: venue.unlockStore()
        case .storeSilent: venue.faults.end(.storeLock)
        }
        try await venue.storeWorks()
    }
}
