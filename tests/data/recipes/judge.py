"""Where FFmpeg 5.1 is no judge of the number of frames: make.py notes what it gives instead, and why."""

_REASONS = {
    "FFmpeg does not trim the last block to the fact chunk": [
        "wav/ms_adpcm_mono.wav", "wav/ms_adpcm_stereo.wav", "wav/ima_adpcm_mono.wav", "wav/ima_adpcm_stereo.wav"],
    "FFmpeg trims the end of an Ogg Vorbis stream only when it has more than one page of audio": [
        "ogg/vorbis_q10_mono.ogg", "ogg/vorbis_short_1000.ogg", "ogg/vorbis_short_1.ogg", "ogg/vorbis_skeleton.ogg", "ogg/vorbis_chained.ogg"],
    "FFmpeg does not look for the LAME tag behind the garbage": ["mp3/garbage_first.mp3"],
    "FFmpeg 5.1 does not trim the end of MP4 audio": [
        "mp4/aac_moov_last_known_100003.m4a", "mp4/aac_moov_first.m4a", "mp4/aac_exact_timescale.m4a", "mp4/aac_48k.mp4",
        "mp4/aac_mono_16k.m4a", "mp4/aac_51.m4a", "mp4/aac_frag.mp4", "mp4/aac_frag_default_base_moof.mp4", "mp4/aac_streamed.mp4",
        "mp4/aac_edit_both_ends.m4a", "mp4/aac_edit_ends_600.m4a", "mp4/aac_itunsmpb.m4a", "mp4/aac_itunsmpb_and_edit.m4a",
        "mp4/aac_co64_free.m4a", "mp4/aac_mdat_to_end.m4a", "mp4/mp3_in_mp4.mp4", "mp4/opus_in_mp4.mp4", "mp4/aac_with_video.mp4",
        "mp4/alac_edit_both_ends.m4a", "mov/aac.mov"],
    "FFmpeg 5.1 trims neither end of fragmented MP4 audio": ["mp4/aac_frag_delay_moov.mp4", "mp4/aac_frag_sidx.mp4"],
    "FFmpeg does not read the priming frames of CAF": ["caf/aac_known_100003.caf"],
}
# FFmpeg's decode starts this much later in them than it should
DELAYS = {"mp4/aac_frag_delay_moov.mp4": 1024, "mp4/aac_frag_sidx.mp4": 1024, "caf/aac_known_100003.caf": 1024, "mp3/garbage_first.mp3": 2257}
NOTES = {path: why for why, paths in _REASONS.items() for path in paths}
