/** Ten templates that people write, for one body. Both engines render them to the same text. */
export const BODY = {
  id: 17,
  name: "Margherita",
  price: "12.50",
  tags: ["pizza", "vegetarian", "classic"],
  customer: { name: "Ada", email: "ada@example.org", address: { street: "1 Main St", city: "London" } },
  items: Array.from({ length: 8 }, (_, i) => ({
    sku: `sku-${i}`,
    quantity: i + 1,
    note: `note number ${i}`,
  })),
};

export const templates: readonly string[] = [
  `#set($inputRoot = $input.path('$')){"id": "$inputRoot.id", "name": "$inputRoot.name"}`,
  `{"items": [#foreach($i in $input.path('$.items')){"sku": "$i.sku", "n": $i.quantity}#if($foreach.hasNext),#end#end]}`,
  `#set($allParams = $input.params()){"params": {#foreach($type in $allParams.keySet())#set($params = $allParams.get($type))"$type": {#foreach($paramName in $params.keySet())"$paramName": "$params.get($paramName)"#if($foreach.hasNext),#end#end}#if($foreach.hasNext),#end#end}}`,
  `#set($o = $input.path('$'))#if($o.price == "12.50")expensive#elseif($o.name == "x")x#{else}cheap#end`,
  `Action=SendMessage&MessageBody=$util.urlEncode($input.path('$.customer.email'))&Id=$input.params('id')`,
  `#set($c = $input.path('$.customer')){"to": "$c.name <$c.email>", "where": "$c.address.street, $c.address.city"}`,
  `#set($s = "")#foreach($t in $input.path('$.tags'))#set($s = "$s$t;")#end$s`,
  `{"body": "$util.base64Encode($input.path('$.name'))", "stage": "$stageVariables.x"}`,
  `#set($i = $input.path('$.items'))$i.size() #if($i.size() > 3)many#{else}few#end $i.get(0).sku`,
  `#macro(field $n $v)"$n": "$v"#end{#field("a" "1"), #field("b" "2"), #field("c" "3")}`,
];
