//! ADPCM: Microsoft, IMA (WAV) and IMA (QuickTime).
