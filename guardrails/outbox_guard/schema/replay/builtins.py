"""What PostgreSQL brings along only from some version on, or only with an extension.

Only names that are worth asking about stand here: what every supported version has, nobody misses.
"""

from __future__ import annotations

from collections.abc import Mapping

_FUNCTIONS_SINCE: Mapping[int, str] = {
    11: "sha224 sha256 sha384 sha512 websearch_to_tsquery starts_with jsonb_to_tsvector",
    12: "jsonb_path_exists jsonb_path_match jsonb_path_query jsonb_path_query_array"
    " jsonb_path_query_first sinh cosh tanh asinh acosh atanh pg_partition_tree pg_partition_root"
    " pg_partition_ancestors",
    13: "gen_random_uuid gcd lcm min_scale trim_scale normalize is_normalized jsonb_set_lax"
    " jsonb_path_exists_tz jsonb_path_match_tz jsonb_path_query_tz jsonb_path_query_array_tz"
    " jsonb_path_query_first_tz pg_current_xact_id pg_current_xact_id_if_assigned"
    " pg_current_snapshot pg_xact_status pg_snapshot_xmin pg_snapshot_xmax pg_visible_in_snapshot",
    14: "date_bin bit_count bit_xor unistr string_to_table trim_array range_agg multirange"
    " int4multirange int8multirange nummultirange datemultirange tsmultirange tstzmultirange",
    15: "regexp_count regexp_instr regexp_like regexp_substr has_parameter_privilege",
    16: "any_value array_sample array_shuffle random_normal erf erfc date_add date_subtract"
    " pg_input_is_valid pg_input_error_info json_array json_arrayagg json_objectagg",
    17: "to_bin to_oct uuid_extract_timestamp uuid_extract_version json_scalar json_serialize"
    " json_exists json_query json_value json_table xmltext unicode_version unicode_assigned"
    " icu_unicode_version pg_basetype",
    18: "uuidv7 uuidv4 casefold array_sort array_reverse crc32 crc32c gamma lgamma"
    " pg_get_acl has_largeobject_privilege",
}
_TYPES_SINCE: Mapping[int, str] = {
    12: "jsonpath",
    13: "xid8 pg_snapshot regcollation",
    14: "int4multirange int8multirange nummultirange datemultirange tsmultirange tstzmultirange",
}
_FUNCTIONS_OF: Mapping[str, str] = {
    "uuid-ossp": "uuid_generate_v1 uuid_generate_v1mc uuid_generate_v3 uuid_generate_v4"
    " uuid_generate_v5 uuid_nil uuid_ns_dns uuid_ns_url uuid_ns_oid uuid_ns_x500",
    "pgcrypto": "gen_random_uuid gen_random_bytes digest hmac crypt gen_salt pgp_sym_encrypt"
    " pgp_sym_encrypt_bytea pgp_sym_decrypt pgp_sym_decrypt_bytea pgp_pub_encrypt"
    " pgp_pub_encrypt_bytea pgp_pub_decrypt pgp_pub_decrypt_bytea pgp_key_id encrypt_iv"
    " decrypt_iv",
    "pg_uuidv7": "uuid_generate_v7 uuid_v7_to_timestamptz uuid_timestamptz_to_v7",
    "pg_trgm": "similarity word_similarity strict_word_similarity show_trgm",
    "unaccent": "unaccent",
    "fuzzystrmatch": "levenshtein levenshtein_less_equal soundex metaphone dmetaphone"
    " dmetaphone_alt daitch_mokotoff",
    "tablefunc": "crosstab crosstab2 crosstab3 crosstab4 connectby normal_rand",
    "dblink": "dblink dblink_connect dblink_exec dblink_disconnect",
    "pgstattuple": "pgstattuple pgstatindex pgstattuple_approx",
    "pageinspect": "get_raw_page page_header heap_page_items",
}
_TYPES_OF: Mapping[str, str] = {
    "citext": "citext",
    "hstore": "hstore",
    "ltree": "ltree lquery ltxtquery",
    "cube": "cube",
    "isn": "ean13 isbn isbn13 ismn ismn13 issn issn13 upc",
    "vector": "vector halfvec sparsevec",
    "postgis": "geometry geography",
}


def _by_name(words: Mapping[int, str]) -> Mapping[str, int]:
    return {name: version for version, names in words.items() for name in names.split()}


def _extensions(words: Mapping[str, str]) -> Mapping[str, str]:
    return {name: extension for extension, names in words.items() for name in names.split()}


SINCE: Mapping[str, Mapping[str, int]] = {
    "function": _by_name(_FUNCTIONS_SINCE),
    "type": _by_name(_TYPES_SINCE),
}
EXTENSION_OF: Mapping[str, Mapping[str, str]] = {
    "function": _extensions(_FUNCTIONS_OF),
    "type": _extensions(_TYPES_OF),
}
